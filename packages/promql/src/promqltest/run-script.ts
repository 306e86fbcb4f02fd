import { Engine, type EngineOptions, type QueryResult, type QueryValue } from "../engine/engine.ts"
import { PromqlError } from "../engine/query-error.ts"
import { PromqlParseError } from "../parser/parse-error.ts"
import { MemoryStorage } from "../storage/memory-storage.ts"
import { atVariants, type Variant } from "./at-variants.ts"
import { classicToNative } from "./classic-to-native.ts"
import { mismatch } from "./compare.ts"
import { parseScript } from "./parse-script.ts"
import { ScriptError, type Eval, type Expectations, type Load, type Times, type Wording } from "./script.ts"
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

export interface Outcome {
  readonly total: number
  readonly failures: readonly Failure[]
}

/** As the published scripts want it: what is behind a flag is on. */
export const testOptions: EngineOptions = { experimental: true, delayedNameRemoval: true, maxSamples: 10_000 }

/** A query that has no answer. `faulty`: neither the query nor the data is to blame, but the engine, which no script may expect. */
interface Refusal {
  readonly type: "error"
  readonly kind: "parse" | "execution" | "faulty"
  readonly message: string
}

/**
 * Carries out a script in Prometheus' test format. An instant query must have the same answer also in the middle of a range
 * query, and at other times with its selectors fixed by `@`. Throws ScriptError.
 */
export function runScript(text: string, options: EngineOptions = testOptions): Outcome {
  let storage = new MemoryStorage()
  let total = 0
  const failures: Failure[] = []
  for (const command of parseScript(text)) {
    if (command.kind === "clear") storage = new MemoryStorage()
    else if (command.kind === "load") load(command, storage)
    else {
      total += 1
      const failure = check(command, new Engine(storage, options))
      if (failure !== undefined) failures.push(failure)
    }
  }
  return { total, failures }
}

function load({ line, interval, series, withNative }: Load, storage: MemoryStorage): void {
  const all = withNative ? [...series, ...explained(line, () => classicToNative(series))] : series
  for (const { labels, points } of all) {
    points.forEach((point, index) => {
      if (point === undefined || storage.append(labels, index * interval, point.value)) return
      throw new ScriptError(
        line,
        `${labels.toString()} has newer samples already than the one at ${String((index * interval) / 1000)} s`,
      )
    })
  }
}

function explained<T>(line: number, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw error instanceof Error ? new ScriptError(line, error.message) : error
  }
}

function check(command: Eval, engine: Engine): Failure | undefined {
  const { at, query } = command
  if (typeof at !== "number") {
    const { start, end, step } = at
    return judge(
      command,
      ask(() => engine.range(query, start, end, step)),
      at,
    )
  }
  const asked = ask(() => engine.instant(query, at))
  const first = checkInstant(command, { query, time: at }, asked, engine)
  if (first !== undefined || (asked.type === "error" && asked.kind !== "execution")) return first
  for (const variant of atVariants(query, at)) {
    const failure = checkInstant(
      command,
      variant,
      ask(() => engine.instant(variant.query, variant.time)),
      engine,
    )
    if (failure !== undefined)
      return {
        ...failure,
        reason: `${failure.reason}, asked as \`${variant.query}\` at ${String(variant.time / 1000)} s`,
      }
  }
  return undefined
}

function checkInstant(
  command: Eval,
  { query, time }: Variant,
  answer: QueryResult | Refusal,
  engine: Engine,
): Failure | undefined {
  const { rangeVector } = command.expected
  const minute = { start: time - 60_000, end: time + 60_000, step: 60_000 }
  const failure = judge(command, answer, rangeVector ?? minute)
  if (failure !== undefined || (answer.type !== "vector" && answer.type !== "scalar")) return failure
  // What these answer depends on the range that is asked.
  if (/(?:start|end|range|step)\(\)/.test(query)) return undefined
  const within = ask(() => engine.range(query, minute.start, minute.end, minute.step))
  if (within.type === "error") return failed(command, "in a range query it fails", [within.message])
  // A range query has an order of its own.
  if (command.expected.ordered || within.type !== "matrix") return undefined
  const middle = valueAt(within, time, answer.type)
  const reason = middle === undefined ? "it has no value" : mismatch(command.expected, middle, minute)
  return reason === undefined ? undefined : failed(command, `in a range query ${reason}`, shownResult(within, minute))
}

/** What a range query says of one of its times. */
function valueAt(
  { series }: Extract<QueryResult, { type: "matrix" }>,
  time: number,
  type: "vector" | "scalar",
): QueryValue | undefined {
  const there = series.flatMap(({ labels, samples }) => {
    const sample = samples.find(([at]) => at === time)
    return sample === undefined ? [] : [{ labels, sample }]
  })
  if (type === "vector") return { type, series: there }
  const [only] = there
  return only === undefined ? undefined : { type, sample: only.sample }
}

function ask(query: () => QueryResult): QueryResult | Refusal {
  try {
    return query()
  } catch (error) {
    if (error instanceof PromqlParseError) return { type: "error", kind: "parse", message: error.message }
    if (error instanceof PromqlError) return { type: "error", kind: "execution", message: error.message }
    return {
      type: "error",
      kind: "faulty",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}

function judge(command: Eval, answer: QueryResult | Refusal, times: Times): Failure | undefined {
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

const failed = ({ line, source, expected }: Eval, reason: string, actual: readonly string[]): Failure => ({
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
