import type { QueryResult } from "../engine/engine.ts"
import { mismatch } from "./compare.ts"
import type { Eval, Expectations, Times, Wording } from "./script.ts"
import { shownExpectations, shownResult } from "./show.ts"

/** An evaluation that did not go as the script expects. */
export interface Failure {
  readonly line: number
  /** The command. */
  readonly source: string
  readonly reason: string
  readonly expected: readonly string[]
  readonly actual: readonly string[]
}

/** A query that has no answer. `faulty`: neither the query nor the data is to blame, but the engine, which no script may expect. */
export interface Refusal {
  readonly type: "error"
  readonly kind: "parse" | "execution" | "faulty"
  readonly message: string
}

export type Answer = QueryResult | Refusal

/** The same with none of the warnings and infos of which it says nothing. */
export function strictly(command: Eval): Eval {
  const { warn, info } = command.expected
  return { ...command, expected: { ...command.expected, noWarn: warn.length === 0, noInfo: info.length === 0 } }
}

/** What is wrong with the answer to an evaluation, undefined when nothing is. `times` are those of a matrix. */
export function verdict(command: Eval, answer: Answer, times: Times): Failure | undefined {
  const { expected } = command
  if (answer.type === "error") {
    if (answer.kind === "faulty") return failed(command, "the engine breaks", answer.message.split("\n"))
    if (expected.fail === undefined) return failed(command, "the query fails", [answer.message])
    return expected.fail.every((wording) => wording.matches(answer.message))
      ? undefined
      : failed(command, "the query fails for another reason", [answer.message])
  }
  const reason =
    expected.fail === undefined
      ? (annotationMismatch(expected, answer) ?? mismatch(expected, answer, times))
      : "the query does not fail"
  return reason === undefined ? undefined : failed(command, reason, shownResult(answer, times))
}

export const failed = ({ line, source, expected }: Eval, reason: string, actual: readonly string[]): Failure => ({
  line,
  source,
  reason,
  expected: shownExpectations(expected),
  actual,
})

function annotationMismatch({ warn, info, noWarn, noInfo }: Expectations, result: QueryResult): string | undefined {
  return oneKind("warning", warn, noWarn, result.warnings) ?? oneKind("info", info, noInfo, result.infos)
}

/** Every expectation must be met, and where there is one, every annotation must be expected. */
function oneKind(
  kind: string,
  expected: readonly Wording[],
  none: boolean,
  actual: readonly string[],
): string | undefined {
  if (none && actual.length > 0) return `there is a ${kind}`
  const missing = expected.find((wording) => !actual.some((text) => wording.matches(text)))
  if (missing !== undefined) return `there is no such ${kind}: ${missing.text}`
  if (expected.length === 0) return undefined
  const unexpected = actual.find((text) => !expected.some((wording) => wording.matches(text)))
  return unexpected === undefined ? undefined : `there is a ${kind} more: ${unexpected}`
}
