import type { Call, Matcher } from "../parser/ast.ts"
import type { Annotations } from "./annotations.ts"
import type { Column, Grid, Value } from "./grid.ts"

/** What functions and operators know besides their operands. */
export interface CallContext {
  readonly grid: Grid
  readonly annotations: Annotations
  /** Whether a column whose name goes is only marked as `nameless` (else the name goes from its labels). */
  readonly delayedNameRemoval: boolean
  /** Counts samples against the limit and notices cancellation. */
  readonly spend: (samples: number) => void
}

/**
 * What functions of series are given besides: series of the storage at the grid's steps, as an instant selector finds them at the times that the
 * selectors of the first argument look at (`@` and `offset` included). `time` gives the times of their samples in milliseconds
 * instead of values.
 */
export interface SelectingContext extends CallContext {
  readonly select: (matchers: readonly Matcher[], of: "value" | "time") => Column[]
}

/** A function without a range among its arguments. Of `info`, `args` has the first argument alone. */
export type InstantFunction = (call: Call, args: readonly Value[], context: SelectingContext) => Value

/** One aggregation, column by column. */
export interface Aggregator {
  /** Whether a column is needed after `add`: if not, the caller may write the next one into it. */
  readonly keeps: boolean
  add(column: Column): void
  /** The groups' columns, once all were added. */
  finish(): Column[]
}
