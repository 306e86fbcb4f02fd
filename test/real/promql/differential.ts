import type { Engine } from "../../../packages/promql/src/engine/engine.ts"
import { PromqlError } from "../../../packages/promql/src/engine/query-error.ts"
import { PromqlParseError } from "../../../packages/promql/src/parser/parse-error.ts"
import type { Answer } from "../../../packages/promql/src/promqltest/index.ts"
import type { Question } from "./judge.ts"
import { difference, sameValues, shownAnswer } from "./same-answer.ts"
import { simpler, textOf, type Term } from "./term.ts"

/** A query in the dialect of ours, and how it is said to the other engine. */
export interface Case {
  readonly term: Term
  readonly asked: Omit<Question, "query">
}

export interface Sides {
  readonly ours: (question: Question) => Answer
  readonly real: (question: Question) => Promise<Answer>
  /** Ours over samples that differ in their last digits from those. */
  readonly oursOfOthers: (question: Question) => Answer
  /** Warnings and infos are compared as well. */
  readonly compareTold: boolean
  /** Why a difference is to be expected; undefined when it is not. */
  readonly allowed: (question: Question, ours: Answer, real: Answer) => Promise<string | undefined>
}

export interface Difference {
  readonly query: string
  readonly asked: Omit<Question, "query">
  readonly what: string
  readonly ours: readonly string[]
  readonly real: readonly string[]
}

export type Verdict =
  | { readonly kind: "same" }
  | { readonly kind: "allowed"; readonly why: string }
  | { readonly kind: "different"; readonly what: string }

/** So many simpler queries are tried for one that differs. */
const mostAttempts = 400

export async function compare({ term, asked }: Case, sides: Sides): Promise<Verdict> {
  const question = { ...asked, query: textOf(term) }
  const ours = sides.ours(question)
  const first = await sides.real(question)
  const what = difference(ours, first, sides.compareTold)
  if (what === undefined) return { kind: "same" }
  if (/\b(?:topk|bottomk)\b/.test(question.query) && sameValues(ours, first))
    return { kind: "allowed", why: "topk and bottomk choose other ones of equal values" }
  const why = await sides.allowed(question, ours, first)
  if (why !== undefined) return { kind: "allowed", why }
  // The order in which it keeps series changes: which of equal ones `topk` picks, what a sum is rounded to.
  for (let again = 0; again < 6; again += 1) {
    const other = await sides.real(question)
    if (difference(first, other, sides.compareTold) !== undefined)
      return { kind: "allowed", why: "Prometheus answers now this, now that" }
  }
  // A remainder of a huge power, a difference of equals: nothing can be told from its digits.
  if (
    difference(ours, sides.oursOfOthers(question), false)?.startsWith("another value") === true &&
    what.startsWith("another value")
  )
    return { kind: "allowed", why: "the last digit of a sample decides" }
  return { kind: "different", what }
}

/** The smallest query found that still differs. */
export async function shrink(found: Case, sides: Sides): Promise<Difference> {
  const budget = { left: mostAttempts }
  let smallest = (await firstThatDiffers(atOneTime(found), sides, budget)) ?? found
  for (;;) {
    const smaller = await firstThatDiffers(simplerCases(smallest), sides, budget)
    if (smaller === undefined) break
    smallest = smaller
  }
  const question = { ...smallest.asked, query: textOf(smallest.term) }
  const [ours, real] = [sides.ours(question), await sides.real(question)]
  return {
    query: question.query,
    asked: smallest.asked,
    what: difference(ours, real, sides.compareTold) ?? "nothing any more",
    ours: shownAnswer(ours, question),
    real: shownAnswer(real, question),
  }
}

async function firstThatDiffers(
  candidates: Iterable<Case>,
  sides: Sides,
  budget: { left: number },
): Promise<Case | undefined> {
  for (const candidate of candidates) {
    if (budget.left <= 0) return undefined
    budget.left -= 1
    if ((await compare(candidate, sides)).kind === "different") return candidate
  }
  return undefined
}

/** The steps of a range query as instant queries. */
function* atOneTime({ term, asked: { start, end = start, step, delayedNameRemoval = false } }: Case): Generator<Case> {
  if (step === undefined) return
  for (let time = start; time <= end; time += step) yield { term, asked: { start: time, delayedNameRemoval } }
}

function* simplerCases({ term, asked }: Case): Generator<Case> {
  for (const one of simpler(term)) yield { term: one, asked }
}

/** Our engine's answer. What breaks it is no answer. */
export function ask(engine: Engine, { query, start, end, step }: Question): Answer {
  try {
    return end === undefined || step === undefined
      ? engine.instant(query, start)
      : engine.range(query, start, end, step)
  } catch (error) {
    if (error instanceof PromqlParseError) return { type: "error", kind: "parse", message: error.message }
    if (error instanceof PromqlError)
      return { type: "error", kind: error.errorType === "bad_data" ? "parse" : "execution", message: error.message }
    return {
      type: "error",
      kind: "faulty",
      message: error instanceof Error ? (error.stack ?? error.message) : String(error),
    }
  }
}
