import { PromqlParseError } from "../parser/parse-error.ts"
import { parse, type ParseOptions } from "../parser/parser.ts"
import { prettify } from "../parser/print.ts"
import { randomInput } from "./inputs.ts"
import { Random } from "./random.ts"

export interface FuzzOutcome {
  /** How many of the inputs are queries. */
  readonly valid: number
  readonly faults: readonly Fault[]
  /** Milliseconds. */
  readonly slowest: { readonly input: string; readonly time: number }
}

export interface Fault {
  readonly input: string
  readonly what: string
}

/** More would tell nothing new. */
const mostFaults = 20

/**
 * Parses random inputs: each must be refused by a typed error that points into it, or be a query that is one, too, once it was
 * printed.
 */
export function fuzz(seed: number, inputs: number, now: () => number): FuzzOutcome {
  const random = new Random(seed)
  const faults: Fault[] = []
  let valid = 0
  let slowest = { input: "", time: 0 }
  for (let index = 0; index < inputs && faults.length < mostFaults; index += 1) {
    const input = randomInput(random)
    // What is behind a flag is in turns refused and taken.
    const options = { experimental: index % 2 === 1 }
    const timeOf = (): number => measured(() => parse(input, options), now)
    let time = timeOf()
    // Again, in case that the machine was at something else.
    for (let again = 0; again < 4 && time > slowest.time; again += 1) time = Math.min(time, timeOf())
    if (time > slowest.time) slowest = { input, time }
    const what = faultOf(input, options)
    if (what === "valid") valid += 1
    else if (what !== "refused") faults.push({ input, what })
  }
  return { valid, faults, slowest }
}

function measured(run: () => unknown, now: () => number): number {
  const began = now()
  try {
    run()
  } catch {
    // What it throws is judged by `faultOf`.
  }
  return now() - began
}

/** Half of a surrogate pair alone is no text: no client can send one. */
const noText = /\p{Surrogate}/u

function faultOf(input: string, options: ParseOptions): string {
  try {
    const expr = parse(input, options)
    if (noText.test(input)) return "valid"
    const printed = prettify(expr)
    try {
      return parse(printed, options).type === expr.type ? "valid" : `printed as ${printed}, which has another type`
    } catch (error) {
      return `printed as ${printed}, which is no query: ${String(error)}`
    }
  } catch (error) {
    if (!(error instanceof PromqlParseError))
      return error instanceof Error ? (error.stack ?? error.message) : String(error)
    const { offset } = error.position
    return offset >= 0 && offset <= input.length ? "refused" : `refused at ${String(offset)}, behind its end`
  }
}
