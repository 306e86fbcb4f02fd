import { formatValue } from "../format.ts"
import type { Aggregation, Binary, Call, Expr, MatrixSelector, Subquery, VectorSelector } from "../parser/ast.ts"
import { scalarOperation } from "./binary/operators.ts"
import { referenceOf } from "./plan-reference.ts"
import type { Plan, SelectorPlan } from "./plan.ts"
import { resolveDuration } from "./resolve-duration.ts"
import { statisticsSelectors } from "./statistics.ts"

/** The times (Unix milliseconds) that a query is asked for, and what it does not say itself. */
export interface PlanFor {
  readonly start: number
  readonly end: number
  /** Milliseconds; 0 for one time. */
  readonly step: number
  /** Step of subqueries without one, in milliseconds. */
  readonly defaultStep: number
}

/** What a query is once its times are known: names of times, durations and constants are computed. Throws PromqlError. */
export function plan(expr: Expr, asked: PlanFor): Plan {
  const planner = new Planner(asked, statisticsSelectors(expr))
  return planner.top(expr)
}

/** Their values depend on the evaluated time, or on those of the samples, also where their arguments do not. */
const ofTheTime = new Set(
  "days_in_month day_of_month day_of_week day_of_year hour minute month year predict_linear time timestamp".split(" "),
)

/** JSON writes null for what is not finite, and 0 for −0. */
const tellingNumbersApart = (_name: string, value: unknown): unknown =>
  typeof value === "number" && (!Number.isFinite(value) || Object.is(value, -0)) ? formatValue(value) : value

interface Planned {
  readonly plan: Plan
  readonly invariant: boolean
}

class Planner {
  readonly #asked: PlanFor
  readonly #statistics: ReadonlySet<VectorSelector>
  readonly #extent: { readonly range: number; readonly step: number }
  readonly #ids = new Map<string, number>()

  constructor(asked: PlanFor, statistics: ReadonlySet<VectorSelector>) {
    this.#asked = asked
    this.#statistics = statistics
    this.#extent = { range: (asked.end - asked.start) / 1000, step: asked.step / 1000 }
  }

  top(expr: Expr): Plan {
    return this.#once(this.#plan(expr))
  }

  #id(...parts: readonly unknown[]): number {
    const key = JSON.stringify(parts, tellingNumbersApart)
    const id = this.#ids.get(key) ?? this.#ids.size
    this.#ids.set(key, id)
    return id
  }

  /** Evaluated at one step if it is the same at all. */
  #once({ plan: of, invariant }: Planned): Plan {
    const alreadyOnce = of.kind === "constant" || of.kind === "string" || of.kind === "range" || of.kind === "subquery"
    return invariant && !alreadyOnce ? { kind: "invariant", id: this.#id("once", of.id), expr: of.expr, of } : of
  }

  #plan(expr: Expr): Planned {
    switch (expr.kind) {
      case "number":
        return this.#constant(expr, expr.value)
      case "string":
        return { plan: { kind: "string", id: this.#id("string", expr.value), expr }, invariant: true }
      case "paren":
        return this.#plan(expr.expr)
      case "selector": {
        const selector = this.#selector(expr)
        return { plan: selector, invariant: selector.at !== undefined }
      }
      case "range":
        return this.#range(expr)
      case "subquery":
        return this.#subquery(expr)
      case "unary": {
        const of = this.#plan(expr.expr)
        if (expr.op === "+") return of
        if (of.plan.kind === "constant") return this.#constant(expr, -of.plan.value)
        return {
          plan: { kind: "negation", id: this.#id("negation", of.plan.id), expr, of: of.plan },
          invariant: of.invariant,
        }
      }
      case "binary":
        return this.#binary(expr)
      case "aggregation":
        return this.#aggregation(expr)
      case "call":
        return this.#call(expr)
    }
  }

  #constant(expr: Expr, value: number): Planned {
    return { plan: { kind: "constant", id: this.#id("constant", value), expr, value }, invariant: true }
  }

  #at(at: VectorSelector["at"]): number | undefined {
    return at === "start" ? this.#asked.start : at === "end" ? this.#asked.end : at
  }

  #selector(expr: VectorSelector): SelectorPlan {
    const { matchers, extended } = expr
    const at = this.#at(expr.at)
    const offset = resolveDuration(expr.offset, this.#extent, true)
    const statistics = this.#statistics.has(expr)
    const id = this.#id("selector", matchers, offset, at, extended, statistics)
    return { kind: "selector", id, expr, matchers, offset, at, statistics }
  }

  #range(expr: MatrixSelector): Planned {
    const selector = this.#selector(expr.selector)
    const range = resolveDuration(expr.range, this.#extent, false)
    return {
      plan: { kind: "range", id: this.#id("range", selector.id, range), expr, selector, range },
      invariant: selector.at !== undefined,
    }
  }

  #subquery(expr: Subquery): Planned {
    const of = this.#once(this.#plan(expr.expr))
    const range = resolveDuration(expr.range, this.#extent, false)
    // A step that comes to less than a millisecond is none, as Prometheus has it.
    const step = (expr.step && resolveDuration(expr.step, this.#extent, false)) || this.#asked.defaultStep
    const offset = resolveDuration(expr.offset, this.#extent, true)
    const at = this.#at(expr.at)
    const id = this.#id("subquery", of.id, range, step, offset, at)
    return { plan: { kind: "subquery", id, expr, of, range, step, offset, at }, invariant: at !== undefined }
  }

  #binary(expr: Binary): Planned {
    const sides = [this.#plan(expr.left), this.#plan(expr.right)] as const
    const invariant = sides.every((side) => side.invariant)
    const [left, right] = sides.map((side) => (invariant ? side.plan : this.#once(side)))
    if (left === undefined || right === undefined) throw new RangeError("an operator has two sides")
    if (left.kind === "constant" && right.kind === "constant")
      return this.#constant(expr, scalarOperation(expr.op)(left.value, right.value))
    const { op, bool, matching } = expr
    return {
      plan: { kind: "binary", id: this.#id("binary", op, bool, matching, left.id, right.id), expr, left, right },
      invariant,
    }
  }

  #aggregation(expr: Aggregation): Planned {
    const planned = this.#plan(expr.expr)
    const given = expr.parameter === undefined ? undefined : this.#plan(expr.parameter)
    const invariant = planned.invariant && (given?.invariant ?? true)
    const of = invariant ? planned.plan : this.#once(planned)
    const parameter = given && (invariant ? given.plan : this.#once(given))
    const { op, without, labels } = expr
    const id = this.#id("aggregation", op, without, labels, of.id, parameter?.id)
    return { plan: { kind: "aggregation", id, expr, of, parameter }, invariant }
  }

  #call(expr: Call): Planned {
    const { start, end } = this.#asked
    const seconds = { start: start / 1000, end: end / 1000, ...this.#extent, pi: Math.PI }
    const known = seconds[expr.name as keyof typeof seconds] as number | undefined
    if (known !== undefined) return this.#constant(expr, known)
    const planned = expr.args.map((arg) => this.#plan(arg))
    // Which labels `info` adds is not evaluated.
    const operands = expr.name === "info" ? planned.slice(0, 1) : planned
    const [of] = operands
    const referred = expr.name !== "info" || (of !== undefined && referenceOf(of.plan) !== undefined)
    const steady = referred && (expr.name === "timestamp" ? isSelector(expr.args[0]) : !ofTheTime.has(expr.name))
    const invariant = steady && operands.every((arg) => arg.invariant)
    const args = planned.map((arg, index) => (invariant || index >= operands.length ? arg.plan : this.#once(arg)))
    const ids = args.map((arg) => arg.id)
    return { plan: { kind: "call", id: this.#id("call", expr.name, ids), expr, args }, invariant }
  }
}

/** A selector in parentheses is one, with a sign before it it is none any more: then `timestamp` is that of the evaluation. */
export const isSelector = (expr: Expr | undefined): boolean =>
  expr?.kind === "paren" ? isSelector(expr.expr) : expr?.kind === "selector"
