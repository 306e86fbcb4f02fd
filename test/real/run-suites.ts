import { Report } from "../contract/harness/report.ts"
import { runInProcess } from "./suite-process.ts"
import type { RealSuite, RunOptions } from "./suite.ts"

/** Of suites that mostly wait, as many as keep two cores at work. */
const atOnce = 3

/**
 * Runs the suites, begun in the order given: neighbours beside each other, but those that are to be alone. The report has
 * them in that order too. Says how long each took.
 */
export async function runSuites(suites: readonly RealSuite[], options: RunOptions): Promise<void> {
  const reports = new Map(suites.map((suite) => [suite, new Report()]))
  const took: string[] = []
  const one = async (suite: RealSuite, shared: boolean): Promise<void> => {
    const print = shared ? (line: string) => options.print(`${suite.name}: ${line}`) : options.print
    if (suites.length > 1) options.print(`## ${suite.name}`)
    const began = Date.now()
    await runInProcess(suite, { ...options, report: reports.get(suite) ?? options.report, print })
    took.push(`${suite.name} ${((Date.now() - began) / 1000).toFixed(0)} s`)
  }
  for (const group of besideEachOther(suites)) {
    const waiting = [...group]
    const lane = async (): Promise<void> => {
      for (let suite = waiting.shift(); suite !== undefined; suite = waiting.shift()) await one(suite, group.length > 1)
    }
    const ended = await Promise.allSettled(Array.from({ length: atOnce }, lane))
    for (const result of ended) if (result.status === "rejected") throw result.reason
  }
  for (const { entries } of reports.values()) for (const entry of entries) options.report.add(entry)
  options.print(`\ntook: ${took.join(", ")}`)
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
