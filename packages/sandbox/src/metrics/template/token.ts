/** A part of a template's action. `spaced`: white space stands before it, so that a field begins something new. */
export interface Token {
  readonly kind: "word" | "field" | "variable" | "string" | "number" | "sign" | "end"
  /** As written, except for strings: what they say. */
  readonly text: string
  readonly spaced: boolean
  /** Offset into the template. */
  readonly at: number
}

/** Text that stays as it is, or an action between `{{` and `}}`. */
export type Piece =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "action"; readonly tokens: readonly Token[]; readonly at: number; readonly source: string }

/** The template does not parse. Worded as Go's text/template does it, without the template's name. */
export class TemplateSyntaxError extends Error {
  override readonly name = "TemplateSyntaxError"
  constructor(
    readonly at: number,
    message: string,
  ) {
    super(message)
  }
}

const open = "{{"
const shapes = {
  field: /\.[\p{L}_][\p{L}\p{N}_]*/uy,
  variable: /\$[\p{L}\p{N}_]*/uy,
  word: /[\p{L}_][\p{L}\p{N}_]*/uy,
  number: /[+-]?(?:0[xX][\da-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)/y,
  sign: /:=|[|(),.=]/y,
} as const

/** Cuts a template into text and actions (Go, text/template, "Text and spaces", "Actions"). Throws TemplateSyntaxError. */
export function pieces(template: string): Piece[] {
  const found: Piece[] = []
  let at = 0
  let trimsNext = false
  for (;;) {
    const start = template.indexOf(open, at)
    const end = start === -1 ? template.length : start
    const trimsBefore = start !== -1 && /^\{\{-[ \t\r\n]/.test(template.slice(start, start + 4))
    let text = template.slice(at, end)
    if (trimsNext) text = text.trimStart()
    if (trimsBefore) text = text.trimEnd()
    if (text !== "") found.push({ kind: "text", text })
    if (start === -1) return found
    const inside = start + (trimsBefore ? 3 : 2)
    const comment = /^\s*\/\*/.exec(template.slice(inside))
    const action = comment === null ? readAction(template, inside) : endOfComment(template, inside)
    if (action.tokens !== undefined)
      found.push({ kind: "action", tokens: action.tokens, at: start, source: template.slice(inside, action.before) })
    at = action.after
    trimsNext = action.trims
  }
}

interface Read {
  readonly tokens?: readonly Token[]
  /** Where the action's own text ends, and where what follows it begins. */
  readonly before: number
  readonly after: number
  readonly trims: boolean
}

function endOfComment(template: string, start: number): Read {
  const end = /\*\/(\s-)?\}\}/.exec(template.slice(start))
  if (end === null) throw new TemplateSyntaxError(start, "unclosed comment")
  const before = start + end.index
  return { before, after: before + end[0].length, trims: end[1] !== undefined }
}

function readAction(template: string, start: number): Read {
  const tokens: Token[] = []
  let at = start
  for (;;) {
    const space = /^[ \t\r\n]*/.exec(template.slice(at))?.[0].length ?? 0
    const trims = space > 0 && template.startsWith("-}}", at + space)
    if (trims || template.startsWith("}}", at + space)) {
      const after = at + space + (trims ? 3 : 2)
      tokens.push({ kind: "end", text: "}}", spaced: space > 0, at: at + space })
      return { tokens, before: at, after, trims }
    }
    at += space
    if (at >= template.length) throw new TemplateSyntaxError(at, "unclosed action")
    const token = readToken(template, at, space > 0)
    tokens.push(token.token)
    at = token.after
  }
}

function readToken(template: string, at: number, spaced: boolean): { token: Token; after: number } {
  const char = template.charAt(at)
  if (char === '"' || char === "`" || char === "'") return readString(template, at, spaced)
  for (const kind of ["number", "field", "variable", "word", "sign"] as const) {
    // A field's dot is no number's, and a sign belongs to a number only.
    const shape = shapes[kind]
    shape.lastIndex = at
    const text = shape.exec(template)?.[0]
    if (text !== undefined) return { token: { kind, text, spaced, at }, after: at + text.length }
  }
  throw new TemplateSyntaxError(at, `unexpected ${JSON.stringify(char)} in command`)
}

const escapes: Readonly<Record<string, string>> = {
  a: "\u0007",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  '"': '"',
  "'": "'",
}

function readString(template: string, at: number, spaced: boolean): { token: Token; after: number } {
  const quote = template.charAt(at)
  const raw = quote === "`"
  const shape = raw ? /`[^`]*`/y : quote === '"' ? /"(?:[^"\\\n]|\\.)*"/y : /'(?:[^'\\\n]|\\.)*'/y
  shape.lastIndex = at
  const whole = shape.exec(template)?.[0]
  if (whole === undefined)
    throw new TemplateSyntaxError(
      at,
      raw
        ? "unterminated raw quoted string"
        : quote === '"'
          ? "unterminated quoted string"
          : "unterminated character constant",
    )
  const inner = whole.slice(1, -1)
  const text = raw
    ? inner
    : inner.replace(
        /\\(?:x([\da-f]{2})|u([\da-f]{4})|U([\da-f]{8})|([0-7]{3})|(.))/gi,
        (all: string, ...groups: (string | undefined)[]) => {
          const [x, u, large, octal, char] = groups
          const hex = x ?? u ?? large
          if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
          if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
          const meant = escapes[char ?? ""]
          if (meant === undefined) throw new TemplateSyntaxError(at, `invalid syntax`)
          return meant
        },
      )
  const after = at + whole.length
  // A character is a number.
  if (quote === "'") return { token: { kind: "number", text: String(text.codePointAt(0) ?? 0), spaced, at }, after }
  return { token: { kind: "string", text, spaced, at }, after }
}
