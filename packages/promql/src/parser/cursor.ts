import { PromqlParseError } from "./parse-error.ts"
import type { Token } from "./token.ts"
import { Lexer } from "./lexer.ts"
import { describeToken } from "./words.ts"

/** Deeper than people write; keeps hostile input from exhausting the stack. */
const maxDepth = 500
/** The same of a chain (`1+1+1…`), which is as deep as it is long. */
const maxOperators = 1_000

/** Reads a query token by token, and fails in Prometheus' words. */
export class Cursor {
  readonly #query: string
  #depth = 0
  #operators = 0
  readonly #lexer: Lexer
  #next: Token | undefined
  #last: Token | undefined
  readonly #contexts: { readonly context: string; readonly expected: string | undefined }[] = []

  constructor(query: string, anyLetters: boolean) {
    this.#query = query
    this.#lexer = new Lexer(query, anyLetters)
  }

  /** What `parse` reads is one level deeper. */
  deeper<T>(parse: () => T): T {
    this.#depth += 1
    if (this.#depth > maxDepth) this.fail(this.peek().offset, `expression is nested deeper than ${maxDepth}`)
    const result = parse()
    this.#depth -= 1
    return result
  }

  /** Counts what makes a chain longer. */
  countOperator({ offset }: Token): void {
    this.#operators += 1
    if (this.#operators > maxOperators) this.fail(offset, `expression has more than ${maxOperators} operators`)
  }

  /** The next token, which is not taken. Where the text is no token, that is what is wrong. */
  peek(): Token {
    const token = (this.#next ??= this.#lexer.next())
    if (token.kind === "error") this.fail(token.offset, token.text)
    return token
  }

  next(): Token {
    const token = this.peek()
    this.#last = token
    this.#next = undefined
    return token
  }

  /** The token that was taken last. */
  last(): Token | undefined {
    return this.#last
  }

  /** Whether the next token is this mark. */
  at(mark: string): boolean {
    const token = this.peek()
    return token.kind === "punctuation" && token.text === mark
  }

  /** Takes the next token if it is this mark. */
  take(mark: string): Token | undefined {
    return this.at(mark) ? this.next() : undefined
  }

  /** Takes this mark; anything else is unexpected. */
  expect(mark: string, context?: string, expected?: string): Token {
    return this.take(mark) ?? this.unexpected(this.peek(), context, expected)
  }

  /** Takes the next token if it is one of these words, in either case. */
  takeWord(kind: "keyword" | "operator" | "preprocessor", words: readonly string[]): Token | undefined {
    const token = this.peek()
    return token.kind === kind && words.includes(token.text.toLowerCase()) ? this.next() : undefined
  }

  /** What is unexpected while `parse` runs is so in this context, unless something within knows better. */
  within<T>(context: string, parse: () => T, expected?: string): T {
    this.#contexts.push({ context, expected })
    const result = parse()
    this.#contexts.pop()
    return result
  }

  unexpected(token: Token, context?: string, expected?: string): never {
    const here = context === undefined ? this.#contexts.at(-1) : { context, expected }
    const where = here === undefined ? "" : ` in ${here.context}`
    const wanted = here?.expected === undefined ? "" : `, expected ${here.expected}`
    return this.fail(token.offset, `unexpected ${describeToken(token)}${where}${wanted}`)
  }

  fail(offset: number, reason: string): never {
    throw new PromqlParseError(this.#query, offset, reason)
  }
}
