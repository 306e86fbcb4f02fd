import { Engine, type EngineOptions, type QueryResult, type QueryValue } from "../engine/engine.ts"
import { PromqlError } from "../engine/query-error.ts"
import { PromqlParseError } from "../parser/parse-error.ts"
import { MemoryStorage } from "../storage/memory-storage.ts"
import { atVariants, type Variant } from "./at-variants.ts"
import { mismatch } from "./compare.ts"
import { loadedBy } from "./loaded.ts"
import { parseScript } from "./parse-script.ts"
import { ScriptError, type Eval, type Load } from "./script.ts"
import { shownResult } from "./show.ts"
import { failed, strictly, verdict, type Answer, type Failure } from "./verdict.ts"

export interface Outcome {
  readonly total: number
  readonly failures: readonly Failure[]
}

export interface RunOptions {
  readonly engine?: EngineOptions
  /** An evaluation that says nothing of warnings or infos expects none. The format itself does not mind them. */
  readonly strict?: boolean
}

/** As the published scripts want it: what is behind a flag is on. */
const testOptions: EngineOptions = { experimental: true, delayedNameRemoval: true, maxSamples: 10_000 }

/**
 * Carries out a script in Prometheus' test format. An instant query must have the same answer also in the middle of a range
 * query, and at other times with its selectors fixed by `@`. Throws ScriptError.
 */
export function runScript(text: string, { engine = testOptions, strict = false }: RunOptions = {}): Outcome {
  let storage = new MemoryStorage()
  let total = 0
  const failures: Failure[] = []
  for (const command of parseScript(text)) {
    if (command.kind === "clear") storage = new MemoryStorage()
    else if (command.kind === "load") load(command, storage)
    else {
      total += 1
      const failure = check(strict ? strictly(command) : command, new Engine(storage, engine))
      if (failure !== undefined) failures.push(failure)
    }
  }
  return { total, failures }
}

function load(command: Load, storage: MemoryStorage): void {
  for (const { labels, samples } of loadedBy(command)) {
    for (const [time, value] of samples) {
      if (storage.append(labels, time, value)) continue
      throw new ScriptError(
        command.line,
        `${labels.toString()} has newer samples already than the one at ${String(time / 1000)} s`,
      )
    }
  }
}

function check(command: Eval, engine: Engine): Failure | undefined {
  const { at, query } = command
  if (typeof at !== "number") {
    const { start, end, step } = at
    return verdict(
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

function checkInstant(command: Eval, { query, time }: Variant, answer: Answer, engine: Engine): Failure | undefined {
  const { rangeVector } = command.expected
  const minute = { start: time - 60_000, end: time + 60_000, step: 60_000 }
  const failure = verdict(command, answer, rangeVector ?? minute)
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

function ask(query: () => QueryResult): Answer {
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
