import type { ReportEntry } from "../contract/harness/report.ts"
import { MissingRequirement } from "./go-program.ts"
import { runInProcess } from "./suite-process.ts"
import type { RealSuite, RunOptions } from "./suite.ts"

/** Suites mostly wait: so many of them keep two cores at work. */
const atOnce = 3

/**
 * Runs suites, begun in the order given: neighbours beside each other, but those that are to be alone. One that breaks off counts
 * as a failure, and the others go on. Reports them in the order given, and says how long each took.
 */
export async function runSuites(suites: readonly RealSuite[], options: RunOptions): Promise<void> {
  const results = new Map<RealSuite, readonly ReportEntry[]>()
  const took: string[] = []
  const run = async (suite: RealSuite, print: RunOptions["print"]): Promise<void> => {
    if (suites.length > 1) options.print(`## ${suite.name}`)
    const began = Date.now()
    results.set(
      suite,
      await runInProcess(suite, { ...options, print }).catch((error: unknown) => brokeOff(suite, error, print)),
    )
    took.push(`${suite.name} ${((Date.now() - began) / 1000).toFixed(0)} s`)
  }
  for (const group of besideEachOther(suites)) {
    const waiting = [...group]
    const lane = async (): Promise<void> => {
      for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) {
        const { name } = suite
        const named = (text: string) => options.print(text.replace(/^/gm, `${name}: `))
        await run(suite, group.length > 1 ? named : options.print)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, lane))
  }
  for (const suite of suites) for (const entry of results.get(suite) ?? []) options.report.add(entry)
  options.print(`\ntook: ${took.join(", ")}`)
}

function brokeOff({ name }: RealSuite, error: unknown, print: RunOptions["print"]): ReportEntry[] {
  if (error instanceof MissingRequirement) throw error
  print(`✗ ${error instanceof Error ? error.message : String(error)}`)
  return [{ suite: name, topic: "all of it", target: "real", verdict: "failed" }]
}

function besideEachOther(suites: readonly RealSuite[]): RealSuite[][] {
  const groups: RealSuite[][] = []
  for (const suite of suites) {
    const last = groups.at(-1)
    if (last?.[0] !== undefined && !last[0].alone && !suite.alone) last.push(suite)
    else groups.push([suite])
  }
  return groups
}
