import type {
  Aggregation,
  At,
  BinaryOperator,
  Call,
  Expr,
  Matcher,
  Matching,
  Modifiers,
  Subquery,
  VectorSelector,
} from "./ast.ts"
import { check } from "./check.ts"
import { Cursor } from "./cursor.ts"
import { parseDuration } from "./duration.ts"
import { labelList, matchers } from "./label-lists.ts"
import { numberOf } from "./number.ts"
import { aggregations, signatures } from "./signatures.ts"
import { endOf, type Token } from "./token.ts"

const precedence: Readonly<Record<string, number>> = {
  or: 1,
  and: 2,
  unless: 2,
  "==": 3,
  "!=": 3,
  "<=": 3,
  "<": 3,
  ">=": 3,
  ">": 3,
  "+": 4,
  "-": 4,
  "*": 5,
  "/": 5,
  "%": 5,
  atan2: 5,
  "^": 6,
}
const setOperators = new Set(["and", "or", "unless"])
/** As strong as `*`, weaker than `^`: `-2^2` is `-(2^2)`. */
const unaryPrecedence = 5.5
/** Deeper than people write; keeps hostile input from exhausting the stack. */
const maxDepth = 500
/** The same of a chain (`1+1+1…`), which is as deep as it is long. */
const maxOperators = 1_000
/** Words of the language that may be names of metrics all the same. */
const nameWords = new Set(["by", "without", "offset", "and", "or", "unless"])

/** Parses and type-checks a query (Prometheus 3 grammar). Throws PromqlParseError. */
export function parse(query: string): Expr {
  const expr = new Parser(query).query()
  check(query, expr)
  return expr
}

/** Parses a series selector, without modifiers. Throws PromqlParseError. */
export function parseSelector(query: string): readonly Matcher[] {
  return new Parser(query).seriesSelector().matchers
}

class Parser {
  readonly #cursor: Cursor
  #depth = 0
  #operators = 0

  constructor(query: string) {
    this.#cursor = new Cursor(query)
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
    this.#depth += 1
    if (this.#depth > maxDepth)
      this.#cursor.fail(this.#cursor.peek().offset, `expression is nested deeper than ${maxDepth}`)
    let left = this.#unary()
    for (;;) {
      const token = this.#cursor.peek()
      const op = token.text.toLowerCase()
      const strength = token.kind === "operator" ? precedence[op] : undefined
      if (strength === undefined || strength < minimum) break
      this.#countOperator(this.#cursor.next())
      left = this.#binary(left, op as BinaryOperator, strength)
    }
    this.#depth -= 1
    return left
  }

  #countOperator({ offset }: Token): void {
    this.#operators += 1
    if (this.#operators > maxOperators) this.#cursor.fail(offset, `expression has more than ${maxOperators} operators`)
  }

  #unary(): Expr {
    const token = this.#cursor.takeWord("operator", ["-", "+"])
    if (token === undefined) return this.#postfix(this.#primary())
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
    const bool = this.#cursor.takeWord("keyword", ["bool"]) !== undefined
    const matching = this.#matching(op)
    // `^` binds to the right, all others to the left.
    const right = this.#expression(op === "^" ? strength : strength + 0.25)
    const type = left.type === "scalar" && right.type === "scalar" ? "scalar" : "vector"
    return { kind: "binary", op, left, right, bool, matching, type, start: left.start, end: right.end }
  }

  #matching(op: BinaryOperator): Matching {
    const card = setOperators.has(op) ? "many-to-many" : "one-to-one"
    const keyword = this.#cursor.takeWord("keyword", ["on", "ignoring"])
    if (keyword === undefined) return { card, on: false, labels: [], include: [] }
    const matching: Matching = {
      card,
      on: keyword.text.toLowerCase() === "on",
      labels: labelList(this.#cursor),
      include: [],
    }
    const group = this.#cursor.takeWord("keyword", ["group_left", "group_right"])
    if (group === undefined) return matching
    const include = this.#cursor.at("(") ? labelList(this.#cursor) : []
    return { ...matching, card: group.text.toLowerCase() === "group_left" ? "many-to-one" : "one-to-many", include }
  }

  #primary(): Expr {
    const token = this.#cursor.peek()
    const span = { start: token.offset, end: endOf(token) }
    if (token.kind === "number" || token.kind === "duration") {
      this.#cursor.next()
      const value = token.kind === "number" ? this.#numberOf(token) : this.#durationOf(token) / 1000
      return { kind: "number", type: "scalar", value, ...span }
    }
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
    if (token.kind === "identifier" && this.#cursor.at("(")) return this.#call(token)
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

  /** Ranges, subqueries, `offset` and `@` after an expression. */
  #postfix(inner: Expr): Expr {
    let expr = inner
    for (;;) {
      if (this.#cursor.at("[")) expr = this.#bracket(expr)
      else if (this.#cursor.takeWord("keyword", ["offset"]) !== undefined) {
        const offset = this.#sign() * this.#duration("offset", "number or duration")
        expr = this.#modify(expr, "offset", (old) => {
          if (old.offset !== 0) this.#cursor.fail(inner.start, "offset may not be set multiple times")
          return { offset }
        })
      } else if (this.#cursor.takeWord("operator", ["@"]) !== undefined) {
        const at = this.#at(inner)
        expr = this.#modify(expr, "@", (old) => {
          if (old.at !== undefined) this.#cursor.fail(inner.start, "@ <timestamp> may not be set multiple times")
          return { at }
        })
      } else return expr
    }
  }

  #bracket(expr: Expr): Expr {
    const open = this.#cursor.next()
    this.#countOperator(open)
    const first = this.#cursor.peek()
    const range = this.#duration("subquery or range selector", "number or duration")
    if (range <= 0) this.#cursor.fail(first.offset, "duration must be greater than 0")
    if (this.#cursor.take(":") !== undefined) {
      const step = this.#cursor.at("]") ? undefined : this.#duration("subquery selector", 'number or duration or "]"')
      const close = this.#cursor.expect("]", "subquery selector", '"]"')
      const subquery: Subquery = {
        kind: "subquery",
        type: "matrix",
        expr,
        range,
        offset: 0,
        start: expr.start,
        end: endOf(close),
      }
      return step === undefined ? subquery : { ...subquery, step }
    }
    const close = this.#cursor.expect("]", "subquery or range", '":" or "]"')
    if (expr.kind !== "selector") return this.#cursor.fail(open.offset, "ranges only allowed for vector selectors")
    if (expr.offset !== 0) this.#cursor.fail(open.offset, "no offset modifiers allowed before range")
    if (expr.at !== undefined) this.#cursor.fail(open.offset, "no @ modifiers allowed before range")
    return { kind: "range", type: "matrix", selector: expr, range, start: expr.start, end: endOf(close) }
  }

  #modify(expr: Expr, name: string, change: (old: Modifiers) => Partial<Modifiers>): Expr {
    const end = endOf(this.#cursor.last() ?? this.#cursor.peek())
    if (expr.kind === "selector" || expr.kind === "subquery") return { ...expr, ...change(expr), end }
    if (expr.kind === "range") return { ...expr, selector: { ...expr.selector, ...change(expr.selector) }, end }
    return this.#cursor.fail(
      expr.start,
      `${name} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    )
  }

  #at(expr: Expr): At {
    const expected = ["@", "timestamp"] as const
    const preprocessor = this.#cursor.takeWord("preprocessor", ["start", "end"])
    if (preprocessor !== undefined) {
      this.#cursor.expect("(", ...expected)
      this.#cursor.expect(")", ...expected)
      return preprocessor.text.toLowerCase() === "start" ? "start" : "end"
    }
    const sign = this.#sign()
    const token = this.#cursor.peek()
    if (token.kind !== "number") this.#cursor.unexpected(token, ...expected)
    this.#cursor.next()
    const time = sign * this.#numberOf(token)
    if (!Number.isFinite(time)) {
      const shown = Number.isNaN(time) ? "NaN" : time > 0 ? "+Inf" : "-Inf"
      this.#cursor.fail(expr.start, `timestamp out of bounds for @ modifier: ${shown}`)
    }
    return Math.round(time * 1000)
  }

  #sign(): 1 | -1 {
    return this.#cursor.takeWord("operator", ["-", "+"])?.text === "-" ? -1 : 1
  }

  /** Milliseconds; a plain number is seconds. */
  #duration(context: string, expected: string): number {
    const token = this.#cursor.peek()
    if (token.kind !== "number" && token.kind !== "duration") this.#cursor.unexpected(token, context, expected)
    this.#cursor.next()
    return token.kind === "number" ? this.#numberOf(token) * 1000 : this.#durationOf(token)
  }

  #durationOf(token: Token): number {
    return (
      parseDuration(token.text) ??
      this.#cursor.fail(token.offset, `not a valid duration string: ${JSON.stringify(token.text)}`)
    )
  }

  #numberOf(token: Token): number {
    return (
      numberOf(token.text) ??
      this.#cursor.fail(
        token.offset,
        `error parsing number: strconv.ParseFloat: parsing ${JSON.stringify(token.text)}: invalid syntax`,
      )
    )
  }
}

/** What may stand for a metric or a function: names, and most words of the language. */
function isName({ kind, text }: Token): boolean {
  return (
    kind === "identifier" ||
    kind === "metric" ||
    kind === "aggregator" ||
    kind === "preprocessor" ||
    nameWords.has(text.toLowerCase())
  )
}
