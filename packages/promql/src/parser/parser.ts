import type { Aggregation, BinaryOperator, Call, Expr, Matcher, VectorSelector } from "./ast.ts"
import { check } from "./check.ts"
import { Cursor } from "./cursor.ts"
import { labelList, matchers } from "./label-lists.ts"
import { literal } from "./literal.ts"
import { binaryModifiers } from "./matching.ts"
import { modified } from "./modifiers.ts"
import { aggregations, experimentalAggregations, signatures } from "./signatures.ts"
import { endOf, type Token } from "./token.ts"

const precedence: ReadonlyMap<string, number> = new Map([
  ["or", 1],
  ["and", 2],
  ["unless", 2],
  ["==", 3],
  ["!=", 3],
  ["<=", 3],
  ["<", 3],
  [">=", 3],
  [">", 3],
  ["</", 3],
  [">/", 3],
  ["+", 4],
  ["-", 4],
  ["*", 5],
  ["/", 5],
  ["%", 5],
  ["atan2", 5],
  ["^", 6],
])
/** As strong as `*`, weaker than `^`: `-2^2` is `-(2^2)`. */
const unaryPrecedence = 5.5
/** Words of the language that may be names of metrics all the same. */
const nameWords = new Set("by without offset and or unless fill fill_left fill_right anchored smoothed".split(" "))

export interface ParseOptions {
  /** Functions, modifiers and names that Prometheus has behind a flag. Default: false. */
  readonly experimental?: boolean
}

/** Parses and type-checks a query (the grammar of Prometheus 3). Throws PromqlParseError. */
export function parse(query: string, options: ParseOptions = {}): Expr {
  const expr = new Parser(query, options.experimental ?? false).query()
  check(query, expr)
  return expr
}

/** Parses a series selector, without modifiers. Throws PromqlParseError. */
export function parseSelector(query: string, options: ParseOptions = {}): readonly Matcher[] {
  return new Parser(query, options.experimental ?? false).seriesSelector().matchers
}

class Parser {
  readonly #cursor: Cursor
  readonly #experimental: boolean

  constructor(query: string, experimental: boolean) {
    this.#cursor = new Cursor(query, experimental)
    this.#experimental = experimental
  }

  query(): Expr {
    if (this.#cursor.peek().kind === "end") this.#cursor.fail(0, "no expression found in input")
    const expr = this.#expression(0)
    const rest = this.#cursor.peek()
    if (rest.kind !== "end") this.#cursor.unexpected(rest)
    return expr
  }

  seriesSelector(): VectorSelector {
    const token = this.#cursor.peek()
    if (!isName(token) && !this.#cursor.at("{")) this.#cursor.unexpected(token)
    const selector = this.#selector(isName(token) ? this.#cursor.next() : undefined)
    const rest = this.#cursor.peek()
    if (rest.kind !== "end") this.#cursor.unexpected(rest)
    return selector
  }

  #expression(minimum: number): Expr {
    return this.#cursor.deeper(() => {
      let left = this.#unary()
      for (;;) {
        const token = this.#cursor.peek()
        const op = token.text.toLowerCase()
        const strength = token.kind === "operator" ? precedence.get(op) : undefined
        if (strength === undefined || strength < minimum) return left
        this.#cursor.countOperator(this.#cursor.next())
        left = this.#binary(left, op as BinaryOperator, strength)
      }
    })
  }

  #unary(): Expr {
    const token = this.#cursor.takeWord("operator", ["-", "+"])
    if (token === undefined) return modified(this.#cursor, this.#primary())
    const expr = this.#expression(unaryPrecedence)
    if (expr.kind === "number")
      return { ...expr, value: token.text === "-" ? -expr.value : expr.value, start: token.offset }
    return {
      kind: "unary",
      op: token.text === "-" ? "-" : "+",
      expr,
      type: expr.type,
      start: token.offset,
      end: expr.end,
    }
  }

  #binary(left: Expr, op: BinaryOperator, strength: number): Expr {
    const { bool, matching } = binaryModifiers(this.#cursor, op)
    // `^` binds to the right, all others to the left.
    const right = this.#expression(op === "^" ? strength : strength + 0.25)
    if (!this.#experimental && (matching.fill.left !== undefined || matching.fill.right !== undefined))
      this.#cursor.fail(left.start, "binop fill modifiers are experimental and not enabled")
    const type = left.type === "scalar" && right.type === "scalar" ? "scalar" : "vector"
    return { kind: "binary", op, left, right, bool, matching, type, start: left.start, end: right.end }
  }

  #primary(): Expr {
    const token = this.#cursor.peek()
    const span = { start: token.offset, end: endOf(token) }
    if (token.kind === "number" || token.kind === "duration")
      return { kind: "number", type: "scalar", ...literal(this.#cursor, this.#cursor.next()), ...span }
    if (token.kind === "string") {
      this.#cursor.next()
      return { kind: "string", type: "string", value: token.value, ...span }
    }
    if (isName(token)) return this.#named(this.#cursor.next())
    if (this.#cursor.at("{")) return this.#selector(undefined)
    if (this.#cursor.take("(") !== undefined) {
      const expr = this.#expression(0)
      const close = this.#cursor.expect(")")
      return { kind: "paren", expr, type: expr.type, start: token.offset, end: endOf(close) }
    }
    return this.#cursor.unexpected(token)
  }

  #named(token: Token): Expr {
    const follows = this.#cursor.peek()
    if (token.kind === "aggregator" && (this.#cursor.at("(") || /^(?:by|without)$/i.test(follows.text)))
      return this.#cursor.within("aggregation", () => this.#aggregation(token))
    if ((token.kind === "identifier" || token.kind === "preprocessor") && this.#cursor.at("(")) return this.#call(token)
    return this.#selector(token)
  }

  #aggregation(token: Token): Aggregation {
    const op = token.text.toLowerCase()
    let grouping = this.#grouping()
    const args = this.#arguments()
    grouping ??= this.#grouping()
    const expected = aggregations.get(op) === undefined ? 1 : 2
    const expr = args[expected - 1]
    if (args.length === 0) this.#cursor.fail(token.offset, "no arguments for aggregate expression provided")
    if (experimentalAggregations.has(op) && !this.#experimental)
      this.#cursor.fail(
        token.offset,
        `${op}() is experimental and must be enabled with --enable-feature=promql-experimental-functions`,
      )
    if (args.length !== expected || expr === undefined)
      this.#cursor.fail(
        token.offset,
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      )
    const parameter = expected === 2 ? args[0] : undefined
    return {
      kind: "aggregation",
      op,
      expr,
      ...(parameter === undefined ? {} : { parameter }),
      without: grouping?.without ?? false,
      labels: grouping?.labels ?? [],
      type: "vector",
      start: token.offset,
      end: endOf(this.#cursor.last() ?? token),
    }
  }

  #grouping(): { without: boolean; labels: string[] } | undefined {
    const keyword = this.#cursor.takeWord("keyword", ["by", "without"])
    return keyword === undefined
      ? undefined
      : { without: keyword.text.toLowerCase() === "without", labels: labelList(this.#cursor) }
  }

  #call(token: Token): Call {
    const args = this.#arguments()
    const signature = signatures.get(token.text)
    if (signature === undefined)
      return this.#cursor.fail(token.offset, `unknown function with name ${JSON.stringify(token.text)}`)
    if (signature.experimental && !this.#experimental)
      return this.#cursor.fail(token.offset, `function ${JSON.stringify(token.text)} is not enabled`)
    const end = endOf(this.#cursor.last() ?? token)
    return { kind: "call", name: token.text, args, type: signature.returns, start: token.offset, end }
  }

  #arguments(): Expr[] {
    this.#cursor.expect("(")
    if (this.#cursor.take(")") !== undefined) return []
    const args = [this.#expression(0)]
    for (;;) {
      const comma = this.#cursor.take(",")
      if (comma !== undefined && this.#cursor.at(")"))
        this.#cursor.fail(comma.offset, "trailing commas not allowed in function call args")
      if (comma === undefined) break
      args.push(this.#expression(0))
    }
    this.#cursor.expect(")")
    return args
  }

  #selector(name: Token | undefined): VectorSelector {
    const open = this.#cursor.take("{")
    const inside = open === undefined ? [] : matchers(this.#cursor)
    const first = name ?? open
    return {
      kind: "selector",
      type: "vector",
      named: name !== undefined,
      matchers: [...(name === undefined ? [] : [{ label: "__name__", op: "=" as const, value: name.text }]), ...inside],
      offset: 0,
      start: first?.offset ?? 0,
      end: endOf(this.#cursor.last() ?? this.#cursor.peek()),
    }
  }
}

/** What may stand for a metric or a function: names, and most words of the language. */
function isName({ kind, text }: Token): boolean {
  return (
    kind === "identifier" ||
    kind === "metric" ||
    kind === "aggregator" ||
    kind === "preprocessor" ||
    ((kind === "keyword" || kind === "operator") && nameWords.has(text.toLowerCase()))
  )
}
