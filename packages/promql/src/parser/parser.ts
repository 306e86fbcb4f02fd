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
  ValueType,
  VectorSelector,
} from "./ast.ts"
import { parseDuration } from "./duration.ts"
import { tokenize, type Token } from "./lexer.ts"
import { matcherTest } from "../storage/matcher-test.ts"
import { PromqlParseError } from "./parse-error.ts"
import { anchored } from "./regexp.ts"
import { aggregations, signatures } from "./signatures.ts"
import { describeToken, expectType, typeName } from "./words.ts"

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
const comparisons = new Set(["==", "!=", "<=", "<", ">=", ">"])
const setOperators = new Set(["and", "or", "unless"])
/** Higher than `*`, lower than `^`: `-2^2` is `-(2^2)`. */
const unaryPrecedence = 5.5
/** Deeper than people write; keeps hostile input from exhausting the stack. */
const maxDepth = 500

/** Parses and type-checks a query (Prometheus 3 grammar). Throws PromqlParseError. */
export function parse(query: string): Expr {
  return new Parser(query).parse()
}

class Parser {
  readonly #query: string
  readonly #tokens: readonly Token[]
  #index = 0
  #depth = 0

  constructor(query: string) {
    this.#query = query
    this.#tokens = tokenize(query)
  }

  parse(): Expr {
    if (this.#peek().kind === "end") throw new PromqlParseError(this.#query, 0, "no expression found in input")
    const expr = this.#expression(0)
    const rest = this.#peek()
    if (rest.kind !== "end") this.#unexpected(rest)
    return expr
  }

  #expression(minimum: number): Expr {
    this.#depth += 1
    if (this.#depth > maxDepth) this.#fail(this.#peek().offset, `expression is nested deeper than ${maxDepth}`)
    let left = this.#unary()
    for (;;) {
      const token = this.#peek()
      const name = token.kind === "identifier" ? token.text.toLowerCase() : token.text
      const strength = token.kind === "identifier" || token.kind === "punctuation" ? precedence[name] : undefined
      if (strength === undefined || strength < minimum) break
      this.#next()
      left = this.#binary(left, name as BinaryOperator, strength)
    }
    this.#depth -= 1
    return left
  }

  #unary(): Expr {
    const token = this.#peek()
    if (token.kind !== "punctuation" || (token.text !== "-" && token.text !== "+"))
      return this.#postfix(this.#primary())
    this.#next()
    const expr = this.#expression(unaryPrecedence)
    expectType(
      this.#query,
      expr,
      ["scalar", "vector"],
      () =>
        `unary expression only allowed on expressions of type scalar or instant vector, got "${typeName(expr.type)}"`,
    )
    if (expr.kind === "number")
      return { ...expr, value: token.text === "-" ? -expr.value : expr.value, start: token.offset }
    return { kind: "unary", op: token.text, expr, type: expr.type, start: token.offset, end: expr.end }
  }

  #binary(left: Expr, op: BinaryOperator, strength: number): Expr {
    const bool = this.#peek().kind === "identifier" && this.#peek().text === "bool"
    if (bool) {
      if (!comparisons.has(op))
        this.#fail(this.#peek().offset, "bool modifier can only be used on comparison operators")
      this.#next()
    }
    const matching = this.#matching(op)
    // `^` binds to the right, all others to the left.
    const right = this.#expression(op === "^" ? strength : strength + 0.25)
    for (const side of [left, right]) {
      expectType(
        this.#query,
        side,
        ["scalar", "vector"],
        () => "binary expression must contain only scalar and instant vector types",
      )
    }
    const scalars = left.type === "scalar" && right.type === "scalar"
    if (comparisons.has(op) && scalars && !bool)
      this.#fail(left.start, "comparisons between scalars must use BOOL modifier")
    if (setOperators.has(op) && (left.type === "scalar" || right.type === "scalar")) {
      this.#fail(left.start, `set operator ${JSON.stringify(op)} not allowed in binary scalar expression`)
    }
    if ((left.type === "scalar" || right.type === "scalar") && (matching.on || matching.labels.length > 0)) {
      this.#fail(left.start, "vector matching only allowed between instant vectors")
    }
    return {
      kind: "binary",
      op,
      left,
      right,
      bool,
      matching,
      type: scalars ? "scalar" : "vector",
      start: left.start,
      end: right.end,
    }
  }

  #matching(op: BinaryOperator): Matching {
    const many = setOperators.has(op)
    let matching: Matching = { card: many ? "many-to-many" : "one-to-one", on: false, labels: [], include: [] }
    const keyword = this.#keyword(["on", "ignoring"])
    if (keyword === undefined) return matching
    matching = { ...matching, on: keyword.text.toLowerCase() === "on", labels: this.#labelList() }
    const group = this.#keyword(["group_left", "group_right"])
    if (group === undefined) return matching
    if (many) this.#fail(group.offset, `no grouping allowed for ${JSON.stringify(op)} operation`)
    const include = this.#peek().text === "(" ? this.#labelList() : []
    const both = matching.on ? include.find((label) => matching.labels.includes(label)) : undefined
    if (both !== undefined)
      this.#fail(group.offset, `label ${JSON.stringify(both)} must not occur in ON and GROUP clause at once`)
    return { ...matching, card: group.text.toLowerCase() === "group_left" ? "many-to-one" : "one-to-many", include }
  }

  #primary(): Expr {
    const token = this.#next()
    const span = { start: token.offset, end: token.offset + token.text.length }
    switch (token.kind) {
      case "number":
        return { kind: "number", type: "scalar", value: numberOf(token.text), ...span }
      case "duration":
        return { kind: "number", type: "scalar", value: this.#durationOf(token) / 1000, ...span }
      case "string":
        return { kind: "string", type: "string", value: token.value, ...span }
      case "metric":
        return this.#selector(token)
      case "identifier":
        return this.#named(token)
      case "punctuation":
        if (token.text === "{") return this.#selector(undefined, token)
        if (token.text === "(") {
          const expr = this.#expression(0)
          const close = this.#expect(")")
          return { kind: "paren", expr, type: expr.type, start: token.offset, end: close.offset + 1 }
        }
        return this.#unexpected(token)
      case "end":
        return this.#unexpected(token)
    }
  }

  #named(token: Token): Expr {
    const name = token.text.toLowerCase()
    const follows = this.#peek()
    const opens = follows.text === "(" && follows.kind === "punctuation"
    if (aggregations.has(name) && (opens || /^(?:by|without)$/i.test(follows.text)))
      return this.#aggregation(token, name)
    if (opens) return this.#call(token)
    return this.#selector(token)
  }

  #aggregation(token: Token, op: string): Aggregation {
    let grouping = this.#grouping()
    const open = this.#expect("(")
    const args = this.#arguments()
    const close = this.#expect(")")
    grouping ??= this.#grouping()
    const wanted = aggregations.get(op)
    const expected = wanted === undefined ? 1 : 2
    if (args.length !== expected)
      this.#fail(
        open.offset,
        `wrong number of arguments for aggregate expression provided, expected ${expected}, got ${args.length}`,
      )
    const expr = args[expected - 1]
    const parameter = expected === 2 ? args[0] : undefined
    if (expr === undefined) return this.#unexpected(close)
    this.#argument(expr, "vector", "aggregation expression")
    if (parameter !== undefined && wanted !== undefined) this.#argument(parameter, wanted, "aggregation parameter")
    const end = this.#tokens[this.#index - 1]
    return {
      kind: "aggregation",
      op,
      expr,
      ...(parameter === undefined ? {} : { parameter }),
      without: grouping?.without ?? false,
      labels: grouping?.labels ?? [],
      type: "vector",
      start: token.offset,
      end: (end?.offset ?? 0) + (end?.text.length ?? 0),
    }
  }

  #grouping(): { without: boolean; labels: string[] } | undefined {
    const keyword = this.#keyword(["by", "without"])
    return keyword === undefined
      ? undefined
      : { without: keyword.text.toLowerCase() === "without", labels: this.#labelList() }
  }

  #call(token: Token): Call {
    const signature = signatures.get(token.text)
    if (signature === undefined) this.#fail(token.offset, `unknown function with name ${JSON.stringify(token.text)}`)
    this.#expect("(")
    const args = this.#arguments()
    const close = this.#expect(")")
    const most = signature.variadic ? Number.POSITIVE_INFINITY : signature.args.length
    const least = signature.args.length - signature.optional
    if (args.length < least || args.length > most) {
      const bound = least === most ? `${least}` : args.length < least ? `at least ${least}` : `at most ${most}`
      this.#fail(
        token.offset,
        `expected ${bound} argument(s) in call to ${JSON.stringify(token.text)}, got ${args.length}`,
      )
    }
    args.forEach((arg, index) =>
      this.#argument(
        arg,
        signature.args[Math.min(index, signature.args.length - 1)] ?? "vector",
        `call to function ${JSON.stringify(token.text)}`,
      ),
    )
    return { kind: "call", name: token.text, args, type: signature.returns, start: token.offset, end: close.offset + 1 }
  }

  #arguments(): Expr[] {
    const args: Expr[] = []
    if (this.#peek().text === ")") return args
    for (;;) {
      args.push(this.#expression(0))
      if (this.#peek().text !== ",") return args
      this.#next()
    }
  }

  #argument(expr: Expr, type: ValueType, where: string): void {
    expectType(
      this.#query,
      expr,
      [type],
      () => `expected type ${typeName(type)} in ${where}, got ${typeName(expr.type)}`,
    )
  }

  #selector(name: Token | undefined, opened?: Token): VectorSelector {
    const matchers: Matcher[] = name === undefined ? [] : [{ label: "__name__", op: "=", value: name.text }]
    let end = name === undefined ? 0 : name.offset + name.text.length
    const open = opened ?? (this.#peek().text === "{" && this.#peek().kind === "punctuation" ? this.#next() : undefined)
    if (open !== undefined) {
      while (this.#peek().text !== "}") {
        matchers.push(this.#matcher(name))
        if (this.#peek().text === ",") this.#next()
        else if (this.#peek().text !== "}") this.#unexpected(this.#peek(), 'in label matching, expected "," or "}"')
      }
      end = this.#next().offset + 1
    }
    const start = name?.offset ?? open?.offset ?? 0
    if (matchers.every(matchesEmpty)) this.#fail(start, "vector selector must contain at least one non-empty matcher")
    return { kind: "selector", type: "vector", matchers, offset: 0, start, end }
  }

  #matcher(name: Token | undefined): Matcher {
    const label = this.#next()
    if (label.kind !== "identifier" && label.kind !== "string")
      this.#unexpected(label, 'in label matching, expected identifier or "}"')
    const op = this.#peek()
    if (label.kind === "string" && (op.text === "," || op.text === "}")) {
      if (name !== undefined)
        this.#fail(
          label.offset,
          `metric name must not be set twice: ${JSON.stringify(name.text)} or ${JSON.stringify(label.value)}`,
        )
      return { label: "__name__", op: "=", value: label.value }
    }
    this.#next()
    if (op.text !== "=" && op.text !== "!=" && op.text !== "=~" && op.text !== "!~")
      this.#unexpected(op, "in label matching, expected label matching operator")
    const value = this.#next()
    if (value.kind !== "string") this.#unexpected(value, "in label matching, expected string")
    if (op.text === "=~" || op.text === "!~") {
      try {
        anchored(value.value)
      } catch (error) {
        this.#fail(value.offset, `error parsing regexp: ${error instanceof Error ? error.message : String(error)}`)
      }
    }
    return { label: label.value, op: op.text, value: value.value }
  }

  /** Ranges, subqueries, `offset` and `@` after an expression. */
  #postfix(inner: Expr): Expr {
    let expr = inner
    for (;;) {
      const token = this.#peek()
      if (token.text === "[" && token.kind === "punctuation") expr = this.#bracket(expr)
      else if (token.kind === "identifier" && token.text.toLowerCase() === "offset") {
        this.#next()
        const offset = this.#signedDuration()
        expr = this.#modify(expr, token, (old) => {
          if (old.offset !== 0) this.#fail(token.offset, "offset may not be set multiple times")
          return { offset }
        })
      } else if (token.text === "@" && token.kind === "punctuation") {
        this.#next()
        const at = this.#at()
        expr = this.#modify(expr, token, (old) => {
          if (old.at !== undefined) this.#fail(token.offset, "@ <timestamp> may not be set multiple times")
          return { at }
        })
      } else return expr
    }
  }

  #bracket(expr: Expr): Expr {
    const open = this.#next()
    const range = this.#durationOf(this.#next())
    if (range <= 0) this.#fail(open.offset + 1, "duration must be greater than 0")
    if (this.#peek().text === ":") {
      this.#next()
      const step = this.#peek().text === "]" ? undefined : this.#durationOf(this.#next())
      const close = this.#expect("]")
      if (expr.type !== "vector")
        this.#fail(expr.start, `subquery is only allowed on instant vector, got ${expr.type} instead`)
      const subquery: Subquery = {
        kind: "subquery",
        type: "matrix",
        expr,
        range,
        offset: 0,
        start: expr.start,
        end: close.offset + 1,
      }
      return step === undefined ? subquery : { ...subquery, step }
    }
    const close = this.#expect("]")
    if (expr.kind !== "selector") this.#fail(open.offset, "ranges only allowed for vector selectors")
    if (expr.offset !== 0 || expr.at !== undefined) this.#fail(open.offset, "no offset modifiers allowed before range")
    return { kind: "range", type: "matrix", selector: expr, range, start: expr.start, end: close.offset + 1 }
  }

  #modify(expr: Expr, token: Token, change: (old: Modifiers) => Partial<Modifiers>): Expr {
    if (expr.kind === "selector" || expr.kind === "subquery") return { ...expr, ...change(expr) }
    if (expr.kind === "range") return { ...expr, selector: { ...expr.selector, ...change(expr.selector) } }
    return this.#fail(
      token.offset,
      `${token.text} modifier must be preceded by an instant vector selector or range vector selector or a subquery`,
    )
  }

  #at(): At {
    const sign = this.#sign()
    const token = this.#next()
    if (token.kind === "identifier" && (token.text === "start" || token.text === "end")) {
      this.#expect("(")
      this.#expect(")")
      return token.text
    }
    if (token.kind !== "number") this.#unexpected(token, "in @ modifier, expected timestamp")
    return sign * numberOf(token.text) * 1000
  }

  #signedDuration(): number {
    return this.#sign() * this.#durationOf(this.#next())
  }

  #sign(): 1 | -1 {
    const text = this.#peek().text
    if (text === "-" || text === "+") this.#next()
    return text === "-" ? -1 : 1
  }

  /** Milliseconds; a plain number is seconds. */
  #durationOf(token: Token): number {
    const value =
      token.kind === "number"
        ? numberOf(token.text) * 1000
        : token.kind === "duration"
          ? parseDuration(token.text)
          : undefined
    if (value === undefined) {
      if (token.kind === "duration")
        this.#fail(token.offset, `not a valid duration string: ${JSON.stringify(token.text)}`)
      this.#unexpected(token, "expected number or duration")
    }
    return value
  }

  #labelList(): string[] {
    this.#expect("(")
    const labels: string[] = []
    while (this.#peek().text !== ")") {
      const token = this.#next()
      if (token.kind !== "identifier" && token.kind !== "string")
        this.#unexpected(token, "in grouping opts, expected label")
      labels.push(token.value)
      if (this.#peek().text === ",") this.#next()
      else if (this.#peek().text !== ")") this.#unexpected(this.#peek(), 'in grouping opts, expected "," or ")"')
    }
    this.#next()
    return labels
  }

  #keyword(words: readonly string[]): Token | undefined {
    const token = this.#peek()
    return token.kind === "identifier" && words.includes(token.text.toLowerCase()) ? this.#next() : undefined
  }

  #peek(): Token {
    const token = this.#tokens[Math.min(this.#index, this.#tokens.length - 1)]
    if (token === undefined) throw new RangeError("a token list ends with an end token")
    return token
  }

  #next(): Token {
    const token = this.#peek()
    this.#index += 1
    return token
  }

  #expect(text: string): Token {
    const token = this.#next()
    if (token.text !== text || token.kind !== "punctuation") this.#unexpected(token, `expected ${JSON.stringify(text)}`)
    return token
  }

  #openBefore({ offset }: Token): number {
    const before = this.#tokens.filter((token) => token.offset < offset && token.kind === "punctuation")
    return before.reduce((open, { text }) => open + (text === "(" ? 1 : text === ")" ? -1 : 0), 0)
  }

  #unexpected(token: Token, where = ""): never {
    // Prometheus refuses a parenthesis that closes nothing while it reads the text, and names the place behind it.
    if (token.text === ")" && this.#openBefore(token) === 0)
      return this.#fail(token.offset + 1, `unexpected ${describeToken(token)}`)
    return this.#fail(token.offset, `unexpected ${describeToken(token)}${where === "" ? "" : ` ${where}`}`)
  }

  #fail(offset: number, reason: string): never {
    throw new PromqlParseError(this.#query, offset, reason)
  }
}

function numberOf(text: string): number {
  if (/^inf$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^nan$/i.test(text)) return Number.NaN
  const digits = text.replaceAll("_", "")
  // A leading zero means octal to Go's integer syntax, which Prometheus follows.
  if (/^0[0-7]+$/.test(digits)) return Number.parseInt(digits, 8)
  return Number(digits)
}

/** A selector needs one matcher that some series cannot satisfy by lacking the label. */
const matchesEmpty = (matcher: Matcher): boolean => matcherTest(matcher)("")
