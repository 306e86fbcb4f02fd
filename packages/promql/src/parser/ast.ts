/** The kinds of value an expression can have (Prometheus, "Expression language data types"). */
export type ValueType = "scalar" | "string" | "vector" | "matrix"

export interface Matcher {
  readonly label: string
  readonly op: "=" | "!=" | "=~" | "!~"
  readonly value: string
}

/** `at` in Unix milliseconds, or an end of the evaluated range. */
export type At = number | "start" | "end"

export interface Modifiers {
  /** Milliseconds; negative looks into the future. */
  readonly offset: number
  readonly at?: At
}

export type BinaryOperator =
  "+" | "-" | "*" | "/" | "%" | "^" | "atan2" | "==" | "!=" | ">" | "<" | ">=" | "<=" | "and" | "or" | "unless"

/** How the two sides of a vector operation find each other. */
export interface Matching {
  readonly card: "one-to-one" | "many-to-one" | "one-to-many" | "many-to-many"
  /** `on` these labels, or all but these. */
  readonly on: boolean
  readonly labels: readonly string[]
  /** Labels taken over from the "one" side. */
  readonly include: readonly string[]
}

interface Node {
  readonly type: ValueType
  /** Offsets into the query text, for errors and for explaining a query. */
  readonly start: number
  readonly end: number
}

export interface NumberLiteral extends Node {
  readonly kind: "number"
  readonly value: number
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
}
export interface MatrixSelector extends Node {
  readonly kind: "range"
  readonly selector: VectorSelector
  /** Milliseconds. */
  readonly range: number
}
export interface Subquery extends Node, Modifiers {
  readonly kind: "subquery"
  readonly expr: Expr
  readonly range: number
  /** Milliseconds; absent: the engine's default interval. */
  readonly step?: number
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
