import type { CaseId, CaseSession } from "./case.ts"
import type { Contract, ContractTarget, Outcome } from "./contract.ts"
import type { Report } from "./report.ts"
import { allowedOfNoCase, expectation, judge, type Expectation } from "./verdict.ts"

export interface Comparison<S extends CaseSession, T extends ContractTarget> {
  readonly contract: Contract<S, T>
  /** Only cases whose `suite/name` holds this text. */
  readonly filter: string
  /** Absent: the golden files stand in for it. */
  readonly real?: T
  readonly embedded?: T
  /** The golden files do not hold for this run: only the two servers can be compared with each other. */
  readonly withoutGolden?: boolean
  /** Golden files are rewritten from the answers instead of compared with them. */
  readonly update: boolean
  readonly report: Report
  readonly print: (line: string) => void
}

/**
 * Sends each case to every target and compares: the real one with the golden files, which must not be stale, and the
 * embedded one with the real one, or with the golden files where that is not run. Differences are printed as they show.
 */
export async function compare<S extends CaseSession, T extends ContractTarget>(
  comparison: Comparison<S, T>,
): Promise<void> {
  const { contract, filter, real, embedded, withoutGolden = false, update, report, print } = comparison
  const { golden, name: contractName } = contract.parts
  const cases = contract.select(filter)
  for (const id of cases) {
    const [ofReal, ofEmbedded] = await Promise.all(
      [real, embedded].map(async (target) => (target === undefined ? undefined : contract.run(id, target))),
    )
    if (ofReal !== undefined) {
      if (update && "transcript" in ofReal && !ofReal.broken) {
        if (ofReal.transcript !== golden.read(id)) print(`golden file written: ${id.suite}/${id.name}`)
        golden.write(id, "real", ofReal.transcript)
      }
      if (!withoutGolden) {
        const text = golden.read(id)
        const missing = `there is no golden file: run \`npm run test:real -- ${contractName} --update\``
        add(id, "real", ofReal, text === undefined ? { missing } : { text, from: "golden" })
      }
    }
    if (ofEmbedded !== undefined) {
      if (update && "transcript" in ofEmbedded && !ofEmbedded.broken && contract.allowed(id) !== undefined) {
        golden.write(id, "embedded", ofEmbedded.transcript)
      }
      const text = ofReal !== undefined && "transcript" in ofReal ? ofReal.transcript : undefined
      add(id, "embedded", ofEmbedded, expectation(contract, id, text))
    }
  }
  for (const name of allowedOfNoCase(contract)) {
    print(`✗ ${contractName}: the list of allowed differences names ${name}, which is no case`)
    report.add({ suite: contractName, topic: "allowed", target: "embedded", verdict: "failed" })
  }
  if (update && filter === "") {
    const allowed = cases.filter((id) => contract.allowed(id) !== undefined)
    const kept = [...cases.map((id) => [id, "real"] as const), ...allowed.map((id) => [id, "embedded"] as const)]
    const dropped = golden.dropExcept(kept)
    if (dropped > 0) print(`golden files without a case removed: ${String(dropped)}`)
  }

  function add(id: CaseId, target: string, outcome: Outcome, expected: Expectation): void {
    const entry = { suite: contractName, topic: id.suite, target }
    if ("skipped" in outcome) {
      report.add({ ...entry, verdict: "skipped", reason: outcome.skipped })
      return
    }
    const wrong = judge(expected, outcome.transcript, target) ?? (outcome.broken ? outcome.transcript : undefined)
    report.add({ ...entry, verdict: wrong === undefined ? "passed" : "failed" })
    if (wrong !== undefined) print(`✗ ${id.suite}/${id.name} on ${target}\n${wrong}`)
  }
}
