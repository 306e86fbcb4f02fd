import { badRequest } from "../errors.ts"
import { type Token, tokensOf } from "./label-tokens.ts"

export type Labels = Readonly<Record<string, string>>
export type LabelSelector = (labels: Labels) => boolean

interface Requirement {
  readonly key: string
  readonly operator: "exists" | "absent" | "in" | "notin" | "gt" | "lt"
  readonly values: ReadonlySet<string>
}

const BINARY = "in, notin, =, ==, !=, gt, lt"

/**
 * A label selector as in `?labelSelector=`: `a=b,c!=d,e in (x,y),f notin (z),g,!h,i>3`. Undefined and "" select
 * everything. Throws a 400 in the words of the real server.
 */
export function parseLabelSelector(text: string | undefined): LabelSelector {
  if (text === undefined || text === "") return () => true
  const requirements = new Parser(tokensOf(text)).parse()
  return (labels) => requirements.every((requirement) => matches(requirement, labels))
}

/** The selector in `spec.selector` of a workload, or of a Service when it is a plain map. Undefined selects nothing. */
export function labelSelectorOf(
  selector:
    | {
        readonly matchLabels?: Labels
        readonly matchExpressions?: readonly {
          readonly key: string
          readonly operator: string
          readonly values?: readonly string[]
        }[]
      }
    | undefined,
): LabelSelector {
  if (selector === undefined) return () => false
  const requirements: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "in",
    values: new Set([value]),
  }))
  for (const { key, operator, values } of selector.matchExpressions ?? [])
    requirements.push({ key, operator: expressionOperator(operator), values: new Set(values) })
  return (labels) => requirements.every((requirement) => matches(requirement, labels))
}

function expressionOperator(operator: string): Requirement["operator"] {
  switch (operator) {
    case "In":
      return "in"
    case "NotIn":
      return "notin"
    case "Exists":
      return "exists"
    case "DoesNotExist":
      return "absent"
    default:
      throw badRequest(`"${operator}" is not a valid label selector operator`)
  }
}

function matches({ key, operator, values }: Requirement, labels: Labels): boolean {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case "exists":
      return value !== undefined
    case "absent":
      return value === undefined
    case "in":
      return value !== undefined && values.has(value)
    case "notin":
      return value === undefined || !values.has(value)
    case "gt":
    case "lt": {
      if (value === undefined || !/^[+-]?\d+$/.test(value)) return false
      const [limit] = values
      return operator === "gt" ? Number(value) > Number(limit) : Number(value) < Number(limit)
    }
  }
}

class Parser {
  readonly #tokens: readonly Token[]
  #at = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = []
    for (;;) {
      const next = this.#peek()
      if (next.kind === "end") return requirements
      if (!startsRequirement(next))
        throw badRequest(`found '${next.text}', expected: !, identifier, or 'end of string'`)
      requirements.push(this.#requirement())
      const separator = this.#take()
      if (separator.kind === "end") return requirements
      if (separator.kind !== ",") throw badRequest(`found '${separator.text}', expected: ',' or 'end of string'`)
      const after = this.#peek()
      if (!startsRequirement(after)) throw badRequest(`found '${after.text}', expected: identifier after ','`)
    }
  }

  #requirement(): Requirement {
    const first = this.#take()
    const negated = first.kind === "!"
    const key = negated ? this.#take() : first
    if (!isWord(key)) throw unparsable(`found '${key.text}', expected: identifier`)
    const next = this.#peek()
    if (negated || next.kind === "end" || next.kind === ",")
      return { key: key.text, operator: negated ? "absent" : "exists", values: new Set() }
    const operator = this.#take()
    switch (operator.kind) {
      case "=":
      case "==":
        return { key: key.text, operator: "in", values: new Set([this.#value()]) }
      case "!=":
        return { key: key.text, operator: "notin", values: new Set([this.#value()]) }
      case "<":
      case ">":
        return { key: key.text, operator: operator.kind === "<" ? "lt" : "gt", values: new Set([this.#integer()]) }
      case "in":
      case "notin":
        return { key: key.text, operator: operator.kind, values: this.#values() }
      case "word":
      case "!":
      case "(":
      case ")":
      case ",":
      case "end":
        throw unparsable(`found '${operator.text}', expected: ${BINARY}`)
    }
  }

  /** A missing value is the empty one: `a=` selects what has the label a with the value "". */
  #value(): string {
    const next = this.#peek()
    if (next.kind === "end" || next.kind === ",") return ""
    const token = this.#take()
    if (!isWord(token)) throw unparsable(`found '${token.text}', expected: identifier`)
    return token.text
  }

  #integer(): string {
    const value = this.#value()
    if (!/^[+-]?\d+$/.test(value))
      throw unparsable(
        `values[0]: Invalid value: ${JSON.stringify(value)}: for 'Gt', 'Lt' operators, the value must be an integer`,
      )
    return value
  }

  #values(): ReadonlySet<string> {
    const open = this.#take()
    if (open.kind !== "(") throw unparsable(`found '${open.text}' expected: '('`)
    const values = new Set<string>()
    let expectValue = true
    for (;;) {
      const token = this.#take()
      if (token.kind === ")") {
        if (expectValue) values.add("")
        return values
      }
      if (token.kind === ",") {
        if (expectValue) values.add("")
        expectValue = true
      } else if (expectValue && isWord(token)) {
        values.add(token.text)
        expectValue = false
      } else throw unparsable(`found '${token.text}', expected: ',' or ')'`)
    }
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: "end", text: "" }
  }

  #take(): Token {
    const token = this.#peek()
    this.#at += 1
    return token
  }
}

/** `in` and `notin` are keywords only where an operator is expected. */
const isWord = (token: Token): boolean => token.kind === "word" || token.kind === "in" || token.kind === "notin"

const startsRequirement = (token: Token): boolean => isWord(token) || token.kind === "!"

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`)
