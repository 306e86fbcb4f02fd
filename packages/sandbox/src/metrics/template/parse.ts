import type { Command, Node, Operand, Pipeline, Template } from "./node.ts"
import { pieces, TemplateSyntaxError, type Piece, type Token } from "./token.ts"

const keywords = new Set(["if", "else", "end", "range", "with", "define", "block", "template", "break", "continue"])

/**
 * Parses a template of Go's text/template; functions that are not known are a mistake. Throws Error, worded as Go words it:
 * `template: NAME:LINE: …`.
 */
export function parseTemplate(name: string, text: string, knows: (name: string) => boolean): Template {
  try {
    const parser = new Parser(text, knows)
    return { name, text, body: parser.whole(), named: parser.named }
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    const line = text.slice(0, error.at).split("\n").length
    throw new Error(`template: ${name}:${String(line)}: ${error.message}`, { cause: error })
  }
}

type Ending = "end" | "else" | "eof"

class Parser {
  readonly named = new Map<string, readonly Node[]>()
  readonly #text: string
  readonly #knows: (name: string) => boolean
  readonly #pieces: readonly Piece[]
  #next = 0
  #tokens: readonly Token[] = []
  #token = 0
  /** Names that may be used here; a block forgets those that it declared. */
  #variables = ["$"]
  #loops = 0

  constructor(text: string, knows: (name: string) => boolean) {
    this.#text = text
    this.#knows = knows
    this.#pieces = pieces(text)
  }

  whole(): Node[] {
    const { nodes, ending } = this.#list()
    if (ending !== "eof") this.#fail(`unexpected {{${ending}}}`)
    return nodes
  }

  #list(): { nodes: Node[]; ending: Ending } {
    const nodes: Node[] = []
    for (;;) {
      const piece = this.#pieces[this.#next]
      if (piece === undefined) return { nodes, ending: "eof" }
      this.#next += 1
      if (piece.kind === "text") {
        nodes.push(piece)
        continue
      }
      this.#tokens = piece.tokens
      this.#token = 0
      const word = this.#peek()
      if (word.kind !== "word" || !keywords.has(word.text)) {
        const pipeline = this.#pipeline("command")
        nodes.push({ kind: "action", pipeline })
        continue
      }
      this.#token += 1
      if (word.text === "end" || word.text === "else") {
        if (word.text === "end") this.#close("end")
        return { nodes, ending: word.text }
      }
      const node = this.#keyword(word)
      if (node !== undefined) nodes.push(node)
    }
  }

  #keyword({ text }: Token): Node | undefined {
    switch (text) {
      case "if":
      case "with":
      case "range":
        return this.#control(text)
      case "break":
      case "continue":
        if (this.#loops === 0) this.#fail(`{{${text}}} outside {{range}}`)
        this.#close(text)
        return { kind: text }
      case "define": {
        const name = this.#string("define clause")
        this.#close("define clause")
        const outer = this.#variables
        this.#variables = ["$"]
        this.named.set(name, this.#block())
        this.#variables = outer
        return undefined
      }
      default: {
        const { at } = this.#peek()
        const name = this.#string(`${text} clause`)
        const pipeline = this.#peek().kind === "end" ? undefined : this.#pipeline(`${text} clause`)
        if (text === "block") this.named.set(name, this.#block())
        return { kind: "template", name, pipeline, at }
      }
    }
  }

  #control(kind: "if" | "with" | "range"): Node {
    const declared = this.#variables
    this.#variables = [...declared]
    const pipeline = this.#pipeline(kind)
    this.#loops += kind === "range" ? 1 : 0
    const { nodes: body, ending } = this.#list()
    this.#loops -= kind === "range" ? 1 : 0
    if (ending === "eof") this.#fail("unexpected EOF")
    let otherwise: readonly Node[] = []
    if (ending === "else") {
      const next = this.#peek()
      // `else if` and `else with` are the block inside the else, with the end in common.
      if (next.kind === "word" && next.text === kind && kind !== "range") {
        this.#token += 1
        otherwise = [this.#control(kind)]
      } else {
        this.#close("else")
        otherwise = this.#block()
      }
    }
    this.#variables = declared
    return kind === "range" ? { kind, pipeline, body, otherwise } : { kind, pipeline, body, otherwise }
  }

  /** Up to its `end`. */
  #block(): Node[] {
    const { nodes, ending } = this.#list()
    if (ending === "eof") this.#fail("unexpected EOF")
    if (ending === "else") this.#fail("unexpected {{else}}")
    return nodes
  }

  #peek(): Token {
    return this.#tokens[this.#token] ?? { kind: "end", text: "}}", spaced: false, at: this.#text.length }
  }

  #close(where: string): void {
    const token = this.#peek()
    if (token.kind !== "end") this.#fail(`unexpected ${shown(token)} in ${where}`)
    this.#token += 1
  }

  #string(where: string): string {
    const token = this.#peek()
    if (token.kind !== "string") this.#fail(`unexpected ${shown(token)} in ${where}`)
    this.#token += 1
    return token.text
  }

  #pipeline(where: string, end: "end" | ")" = "end"): Pipeline {
    const { at } = this.#peek()
    const { variables, assigns } = this.#declarations(where)
    const commands: Command[] = []
    for (;;) {
      const token = this.#peek()
      const ends = end === "end" ? token.kind === "end" : token.kind === "sign" && token.text === ")"
      if (ends) {
        if (commands.length === 0) this.#fail(`missing value for ${where}`)
        this.#token += 1
        break
      }
      if (token.kind === "end") this.#fail("unclosed left paren")
      commands.push(this.#command(end))
    }
    commands.slice(1).forEach(({ operands: [first] }, index) => {
      if (
        first?.kind !== "function" &&
        first?.kind !== "fields" &&
        first?.kind !== "variable" &&
        first?.kind !== "pipeline"
      )
        this.#fail(`non executable command in pipeline stage ${String(index + 2)}`)
    })
    if (!assigns) this.#variables.push(...variables)
    return { at, source: this.#source(at), variables, assigns, commands }
  }

  /** `$a := `, `$a = `, and of a range `$index, $element := `. */
  #declarations(where: string): { variables: readonly string[]; assigns: boolean } {
    const isSign = (offset: number, ...texts: string[]): boolean => {
      const token = this.#tokens[this.#token + offset]
      return token?.kind === "sign" && texts.includes(token.text)
    }
    const first = this.#peek()
    if (first.kind !== "variable") return { variables: [], assigns: false }
    const second = this.#tokens[this.#token + 2]
    const pair = where === "range" && isSign(1, ",") && second?.kind === "variable" && isSign(3, ":=", "=")
    if (!pair && !isSign(1, ":=", "=")) return { variables: [], assigns: false }
    const assigns = isSign(pair ? 3 : 1, "=")
    const variables = pair ? [first.text, second.text] : [first.text]
    if (assigns) for (const variable of variables) this.#known(variable)
    this.#token += pair ? 4 : 2
    return { variables, assigns }
  }

  #command(end: "end" | ")"): Command {
    const { at } = this.#peek()
    const operands: Operand[] = []
    for (;;) {
      const token = this.#peek()
      if (token.kind === "end" || (token.kind === "sign" && token.text === ")" && end === ")")) break
      if (token.kind === "sign" && token.text === "|") {
        this.#token += 1
        if (operands.length === 0) this.#fail("missing value for command")
        return { at, source: this.#text.slice(at, token.at).trim(), operands }
      }
      operands.push(this.#operand())
    }
    if (operands.length === 0) this.#fail("empty command")
    return { at, source: this.#source(at), operands }
  }

  #operand(): Operand {
    const term = this.#term()
    const path: string[] = []
    // Errors are told where the first field of a field stands.
    const { at } = this.#peek()
    for (;;) {
      const token = this.#peek()
      if (token.kind !== "field" || token.spaced) break
      this.#token += 1
      path.push(token.text.slice(1))
    }
    if (path.length === 0) return term
    if (term.kind === "constant" || term.kind === "nil" || term.kind === "dot")
      this.#fail(`unexpected . after term ${JSON.stringify(term.source)}`)
    const source = this.#source(term.at)
    return term.kind === "fields" && term.of === undefined
      ? { kind: "fields", of: undefined, path: [...term.path, ...path], at, source }
      : { kind: "fields", of: term, path, at, source }
  }

  #term(): Operand {
    const token = this.#peek()
    const { at, text } = token
    const place = { at, source: token.kind === "string" ? JSON.stringify(text) : text }
    this.#token += 1
    switch (token.kind) {
      case "field":
        return { kind: "fields", of: undefined, path: [text.slice(1)], ...place }
      case "variable":
        this.#known(text)
        return { kind: "variable", name: text, ...place }
      case "string":
        return { kind: "constant", value: text, ...place }
      case "number":
        return { kind: "constant", value: number(text), ...place }
      case "word":
        if (text === "true" || text === "false") return { kind: "constant", value: text === "true", ...place }
        if (text === "nil") return { kind: "nil", ...place }
        if (keywords.has(text)) this.#fail(`unexpected <${text}> in operand`)
        if (!this.#knows(text)) this.#fail(`function ${JSON.stringify(text)} not defined`)
        return { kind: "function", name: text, ...place }
      case "sign":
        if (text === ")") this.#fail("unexpected right paren")
        if (text === ".") return { kind: "dot", ...place }
        if (text === "(") {
          const pipeline = this.#pipeline("parenthesized pipeline", ")")
          return { kind: "pipeline", pipeline, at, source: this.#source(at) }
        }
        return this.#fail(`unexpected ${shown(token)} in operand`)
      case "end":
        return this.#fail("missing value for command")
    }
  }

  #known(variable: string): void {
    if (!this.#variables.includes(variable)) this.#fail(`undefined variable ${JSON.stringify(variable)}`)
  }

  /** From there up to where the parser is. */
  #source(from: number): string {
    const last = this.#tokens[this.#token - 1]
    const next = this.#peek()
    return this.#text.slice(from, last?.kind === "end" ? last.at : next.at).trim()
  }

  #fail(message: string): never {
    throw new TemplateSyntaxError(this.#peek().at, message)
  }
}

const shown = ({ kind, text }: Token): string => (kind === "end" ? '"}}"' : JSON.stringify(text))

/** Whole numbers are Go's int, the others its float64. */
function number(text: string): number | bigint {
  const plain = text.replaceAll("_", "")
  if (/^[+-]?(?:0[xXbBoO][\da-fA-F]+|\d+)$/.test(plain))
    return plain.startsWith("-") ? -BigInt(plain.slice(1)) : BigInt(plain.replace(/^\+/, ""))
  return Number(plain)
}
