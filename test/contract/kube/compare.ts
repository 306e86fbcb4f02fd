import type { Suite } from "./case.ts"
import { difference, dropGoldenExcept, golden, writeGolden } from "./golden.ts"
import { Report } from "./report.ts"
import { prepare, runCase, select, type Outcome } from "./run.ts"
import type { Target } from "./target.ts"

export interface Comparison {
  readonly suites: readonly Suite[]
  /** Only cases whose `suite/name` holds this text. */
  readonly filter: string
  /** Absent: the golden files stand in for it. */
  readonly real?: Target
  readonly embedded?: Target
  /** The command that runs kubectl. */
  readonly kubectl: readonly string[]
  /** The golden files are of another kubectl: only the two servers can be compared with each other. */
  readonly otherKubectl: boolean
  /** Golden files are rewritten from the real server's answers instead of compared with them. */
  readonly update: boolean
  readonly print: (line: string) => void
}

/**
 * Sends each case to every target and compares: the real one with the golden files, which must not be stale, and the
 * embedded one with the real one, or with the golden files where that is not run. Differences are printed as they show.
 */
export async function compare(comparison: Comparison): Promise<Report> {
  const { suites, filter, real, embedded, kubectl, otherKubectl, update, print } = comparison
  const report = new Report()
  const cases = select(suites, filter)
  await Promise.all([real, embedded].map(async (target) => (target === undefined ? undefined : prepare(target))))
  for (const id of cases) {
    const [ofReal, ofEmbedded] = await Promise.all(
      [real, embedded].map(async (target) => (target === undefined ? undefined : runCase(id, target, kubectl))),
    )
    const recorded = golden(id)
    if (ofReal !== undefined) {
      if (update && "transcript" in ofReal && !ofReal.broken) {
        writeGolden(id, ofReal.transcript)
        if (ofReal.transcript !== recorded) print(`golden file written: ${id.suite}/${id.name}`)
        report.add(id.suite, "real", "passed")
      } else if (!otherKubectl) judge("real", ofReal, recorded, "golden", id)
    }
    if (ofEmbedded !== undefined) {
      const expected = ofReal !== undefined && "transcript" in ofReal ? ofReal.transcript : recorded
      judge("embedded", ofEmbedded, expected, ofReal === undefined ? "golden" : "real", id)
    }
  }
  if (update && filter === "") {
    const dropped = dropGoldenExcept(cases)
    if (dropped > 0) print(`golden files without a case removed: ${String(dropped)}`)
  }
  return report

  function judge(
    target: string,
    outcome: Outcome,
    expected: string | undefined,
    expectedName: string,
    { suite, name }: { suite: string; name: string },
  ): void {
    if ("skipped" in outcome) {
      print(`- ${suite}/${name} skipped on ${target}: ${outcome.skipped}`)
      report.add(suite, target, "skipped")
      return
    }
    const names = { expected: expectedName, actual: target }
    const differs = expected === undefined ? "" : difference(expected, outcome.transcript, names)
    const ok = expected !== undefined && differs === "" && !outcome.broken
    report.add(suite, target, ok ? "passed" : "failed")
    if (ok) return
    print(`✗ ${suite}/${name} on ${target}`)
    if (expected === undefined) print("  there is no golden file: run `npm run test:real -- kube --update`")
    print(differs === "" ? outcome.transcript : differs)
  }
}
