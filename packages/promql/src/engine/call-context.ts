import type { Call } from "../parser/ast.ts"
import type { Matcher } from "../parser/ast.ts"
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

/** A function without a range among its arguments. */
export type InstantFunction = (call: Call, args: readonly Value[], context: CallContext) => Value

/** What `info()` needs besides: series of the storage, as an instant selector finds them; `time` gives their times in milliseconds instead of values. */
export interface SelectingContext extends CallContext {
  readonly select: (matchers: readonly Matcher[], offset: number, of: "value" | "time") => Column[]
}

/** One aggregation, column by column. */
export interface Aggregator {
  /** Whether a column is needed after `add`: if not, the caller may write the next one into it. */
  readonly keeps: boolean
  add(column: Column): void
  /** The groups' columns, once all were added. */
  finish(): Column[]
}
