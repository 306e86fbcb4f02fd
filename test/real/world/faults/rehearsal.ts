import { NotObserved } from "../../../../packages/cli/src/story/observation.ts"
import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import { raiseLoad } from "../../../../packages/cli/src/story/steps/traffic.ts"
import type { ReportEntry } from "../../../contract/harness/report.ts"

/** One thing that fails, and what must be seen of it. */
export interface Case {
  readonly name: string
  run(): Promise<void>
}

/** A delivery and what fails in its course, one thing after the other: each case begins where the one before has ended. */
export interface Rehearsal {
  readonly name: string
  /** `version` is one that nothing has delivered yet. */
  readonly cases: (version: string) => readonly Case[]
  /** Mends what is left broken, however it went. */
  after?(): Promise<void>
}

/** Plays them in order. What a failed case leaves undone, the next cases of its delivery cannot show: they are skipped. */
export async function rehearse(
  rehearsals: readonly Rehearsal[],
  stage: Stage,
  filter: string,
  print: (line: string) => void,
): Promise<ReportEntry[]> {
  const entries: ReportEntry[] = []
  for (const [index, rehearsal] of rehearsals.entries()) {
    const cases = rehearsal.cases(`0.3.${String(index + 1)}`)
    if (![rehearsal, ...cases].some(({ name }) => name.includes(filter))) continue
    print(`\n${rehearsal.name}`)
    // What was done to the world before may have cut off the load, and another replica may be about to lead.
    await raiseLoad(stage)
    // 1: it answers, and something is wrong, as is to be expected here.
    const status = () => stage.serin(["status"], { quiet: true, accept: [0, 1] })
    await stage.until("an agent that answers", 60, async () => (await status()).stdout)
    let failed = false
    for (const one of cases) {
      const verdict: ReportEntry["verdict"] = failed ? "skipped" : await play(one, print)
      failed ||= verdict !== "passed"
      if (verdict === "skipped") print(`  - ${one.name}: not begun, as the case before failed`)
      entries.push({ suite: "faults", topic: one.name, target: "real", verdict })
    }
    await rehearsal.after?.()
    // The next delivery needs a canary at rest, wherever this one has ended.
    if (failed) await stage.serin(["canary", "abort", "podinfo", "-n", "test"], { accept: anyCode, quiet: true })
  }
  return entries
}

const anyCode = [0, 1, 2, 3, 4, 5]

async function play(one: Case, print: (line: string) => void): Promise<"passed" | "failed"> {
  const { name } = one
  const started = Date.now()
  const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`
  try {
    await one.run()
    print(`  ✓ ${name} (${seconds()})`)
    return "passed"
  } catch (error) {
    const why = error instanceof NotObserved ? error.message : String(error instanceof Error ? error.stack : error)
    print(`  ✗ ${name} (${seconds()}): ${why}`)
    return "failed"
  }
}
