import type {
  Aggregation,
  Binary,
  Call,
  Expr,
  Matcher,
  MatrixSelector,
  StringLiteral,
  Subquery,
  Unary,
  VectorSelector,
} from "../parser/ast.ts"

/** `id` is equal for parts of a query that mean the same: they are evaluated once. `expr` is where this one is written. */
interface Node<E extends Expr = Expr> {
  readonly id: number
  readonly expr: E
}

/** Durations in milliseconds; `at` is a Unix time. */
export interface SelectorPlan extends Node<VectorSelector> {
  readonly kind: "selector"
  readonly matchers: readonly Matcher[]
  readonly offset: number
  readonly at: number | undefined
  /** Of histograms, only count and sum are needed. */
  readonly statistics: boolean
}
export interface RangePlan extends Node<MatrixSelector> {
  readonly kind: "range"
  readonly selector: SelectorPlan
  readonly range: number
}
export interface SubqueryPlan extends Node<Subquery> {
  readonly kind: "subquery"
  readonly of: Plan
  readonly range: number
  readonly step: number
  readonly offset: number
  readonly at: number | undefined
}
export interface CallPlan extends Node<Call> {
  readonly kind: "call"
  readonly args: readonly Plan[]
}
export interface AggregationPlan extends Node<Aggregation> {
  readonly kind: "aggregation"
  readonly of: Plan
  readonly parameter: Plan | undefined
}
export interface BinaryPlan extends Node<Binary> {
  readonly kind: "binary"
  readonly left: Plan
  readonly right: Plan
}
export type Plan =
  | (Node & { readonly kind: "constant"; readonly value: number })
  | (Node<StringLiteral> & { readonly kind: "string" })
  | (Node<Unary> & { readonly kind: "negation"; readonly of: Plan })
  /** The same at all steps, so evaluated at one. */
  | (Node & { readonly kind: "invariant"; readonly of: Plan })
  | SelectorPlan
  | RangePlan
  | SubqueryPlan
  | CallPlan
  | AggregationPlan
  | BinaryPlan
