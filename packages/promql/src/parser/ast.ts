/** The kinds of value an expression can have (Prometheus, "Expression language data types"). */
export type ValueType = "scalar" | "string" | "vector" | "matrix"

export interface Matcher {
  readonly label: string
  readonly op: "=" | "!=" | "=~" | "!~"
  readonly value: string
}

/** `at` in Unix milliseconds, or an end of the evaluated range. */
export type At = number | "start" | "end"

/** Milliseconds, or what gives them once the query's range and step are known. */
export type Duration = number | DurationExpr

/** Arithmetic in seconds in the place of a duration: `[5m * 2]`, `offset step()`. */
export type DurationExpr = Span &
  (
    | { readonly kind: "seconds"; readonly value: number; readonly duration: boolean }
    | { readonly kind: "step" | "range" }
    | { readonly kind: "negated" | "parenthesised"; readonly of: DurationExpr }
    | {
        readonly kind: "+" | "-" | "*" | "/" | "%" | "^" | "min_of" | "max_of"
        readonly left: DurationExpr
        readonly right: DurationExpr
      }
  )

export interface Modifiers {
  /** Negative looks into the future. */
  readonly offset: Duration
  readonly at?: At
}

/** `</` and `>/` cut a histogram's buckets off above and below. */
export type BinaryOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "^"
  | "atan2"
  | "=="
  | "!="
  | ">"
  | "<"
  | ">="
  | "<="
  | "</"
  | ">/"
  | "and"
  | "or"
  | "unless"

/** How the two sides of a vector operation find each other. */
export interface Matching {
  readonly card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many"
  /** `on` these labels, or all but these. */
  readonly on: boolean
  readonly labels: readonly string[]
  /** Labels taken over from the "one" side. */
  readonly include: readonly string[]
  /** What stands for the series that is missing on a side. */
  readonly fill: { readonly left?: number; readonly right?: number }
}

/** Offsets into the query text, for errors and for explaining a query. */
interface Span {
  readonly start: number
  readonly end: number
}

interface Node extends Span {
  readonly type: ValueType
}

export interface NumberLiteral extends Node {
  readonly kind: "number"
  readonly value: number
  /** Written as a duration, which stands for its seconds. */
  readonly duration?: true
}
export interface StringLiteral extends Node {
  readonly kind: "string"
  readonly value: string
}
export interface VectorSelector extends Node, Modifiers {
  readonly kind: "selector"
  /** The metric's name stands before the braces: the first matcher. */
  readonly named: boolean
  /** Metric name included, as a matcher of `__name__`. */
  readonly matchers: readonly Matcher[]
  /** Values at the borders of a range come from samples around it (Prometheus, "Extended range selectors"). */
  readonly extended?: "anchored" | "smoothed"
}
export interface MatrixSelector extends Node {
  readonly kind: "range"
  readonly selector: VectorSelector
  readonly range: Duration
}
export interface Subquery extends Node, Modifiers {
  readonly kind: "subquery"
  readonly expr: Expr
  readonly range: Duration
  /** Absent: the engine's default interval. */
  readonly step?: Duration
}
export interface Call extends Node {
  readonly kind: "call"
  readonly name: string
  readonly args: readonly Expr[]
}
export interface Aggregation extends Node {
  readonly kind: "aggregation"
  readonly op: string
  readonly expr: Expr
  readonly parameter?: Expr
  readonly without: boolean
  readonly labels: readonly string[]
}
export interface Unary extends Node {
  readonly kind: "unary"
  readonly op: "+" | "-"
  readonly expr: Expr
}
export interface Binary extends Node {
  readonly kind: "binary"
  readonly op: BinaryOperator
  readonly left: Expr
  readonly right: Expr
  /** Comparison answers 0 or 1 instead of filtering. */
  readonly bool: boolean
  readonly matching: Matching
}
export interface Paren extends Node {
  readonly kind: "paren"
  readonly expr: Expr
}

export type Expr =
  | NumberLiteral
  | StringLiteral
  | VectorSelector
  | MatrixSelector
  | Subquery
  | Call
  | Aggregation
  | Unary
  | Binary
  | Paren
