import type { RunOptions } from "../suite.ts"
import { compare, shrink, type Case, type Difference, type Sides } from "./differential.ts"

/** So many differences are made small; the others are only counted. */
const mostShrunk = 25

/** Compares all cases and lists what differs, each with the smallest query that shows it. */
export async function runDifferential(
  topic: string,
  cases: AsyncIterable<{ readonly found: Case; readonly sides: Sides }>,
  { report, print }: Pick<RunOptions, "report" | "print">,
): Promise<void> {
  const differences: Difference[] = []
  let [same, failed] = [0, 0]
  const allowed = new Map<string, number>()
  for await (const { found, sides } of cases) {
    const verdict = await compare(found, sides)
    const entry = { suite: "promql", topic, target: "embedded" } as const
    if (verdict.kind === "same") {
      same += 1
      report.add({ ...entry, verdict: "passed" })
    } else if (verdict.kind === "allowed") {
      allowed.set(verdict.why, (allowed.get(verdict.why) ?? 0) + 1)
      report.add({ ...entry, verdict: "passed" })
    } else {
      failed += 1
      report.add({ ...entry, verdict: "failed" })
      if (differences.length < mostShrunk) differences.push(await shrink(found, sides))
    }
  }
  for (const difference of differences) print(shown(difference))
  if (failed > differences.length) print(`… and ${String(failed - differences.length)} more`)
  for (const [why, count] of allowed) print(`${topic}: ${String(count)} may differ, because ${why}`)
  print(
    `${topic}: ${String(same)} same, ${String(failed)} different, ${String([...allowed.values()].reduce((a, b) => a + b, 0))} allowed to differ`,
  )
}

function shown({
  query,
  asked: { start, end, step, delayedNameRemoval = false },
  what,
  ours,
  real,
}: Difference): string {
  const seconds = (time: number) => `${String(time / 1000)}s`
  const at =
    end === undefined || step === undefined
      ? `at ${seconds(start)}`
      : `from ${seconds(start)} to ${seconds(end)} step ${seconds(step)}`
  const names = delayedNameRemoval ? ", names removed at the end" : ""
  const block = (title: string, lines: readonly string[]) =>
    (lines.length === 0 ? ["nothing"] : lines).map(
      (line, index) => `    ${(index === 0 ? title : "").padEnd(6)}${line}`,
    )
  return [`✗ ${query}`, `    ${at}${names}: ${what}`, ...block("ours", ours), ...block("real", real)].join("\n")
}
