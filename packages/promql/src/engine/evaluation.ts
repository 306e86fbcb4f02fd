import type { Expr } from "../parser/ast.ts"
import type { Annotation } from "./annotations.ts"
import type { CallContext } from "./call-context.ts"
import { endOf, type Column, type Grid, type Value } from "./grid.ts"
import type { Plan, SelectorPlan } from "./plan.ts"
import type { Selections } from "./selected.ts"

/** What evaluating one query at the times of one grid needs: the grid is another one inside a subquery, and for what is the same at all steps. */
export interface Evaluation extends CallContext {
  /** Milliseconds. */
  readonly lookback: number
  readonly selections: Selections
  /** The value of a part of the query at the times of an evaluation's grid. */
  readonly evaluate: (evaluation: Evaluation, plan: Plan) => Value
  /** Whether the same series are selected elsewhere in the query too. */
  readonly selectedAgain: (selector: Pick<SelectorPlan, "matchers">) => boolean
  /** Parts of the query whose values are kept, as they are needed again. */
  readonly shared: ReadonlySet<number>
  readonly kept: Map<number, Kept>
}

/** A value, where the query has it from, and which annotations came with it. */
export interface Kept {
  readonly value: Value
  readonly expr: Expr
  readonly told: readonly Annotation[]
}

/** The same query at other times. */
export const onGrid = (evaluation: Evaluation, grid: Grid): Evaluation => ({ ...evaluation, grid, kept: new Map() })

/** First and last time that a selector looks at, without look-back and range. */
export function lookedAt(
  { grid }: Evaluation,
  { at, offset }: Pick<SelectorPlan, "at" | "offset">,
): [first: number, last: number] {
  return [(at ?? grid.start) - offset, (at ?? endOf(grid)) - offset]
}

/** Takes columns one by one. */
export type Sink = (column: Column) => void
