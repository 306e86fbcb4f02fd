/** A pattern that is none. Worded as Prometheus words it: "error parsing regexp: missing closing ): `^(?:()$`". */
export class RegexpError extends Error {
  override readonly name = "RegexpError"
  constructor(reason: string, options?: ErrorOptions) {
    super(`error parsing regexp: ${reason}`, options)
  }
}

const classes: ReadonlyMap<string, string> = new Map([
  ["alnum", "0-9A-Za-z"],
  ["alpha", "A-Za-z"],
  ["ascii", "\\x00-\\x7F"],
  ["blank", "\\t "],
  ["cntrl", "\\x00-\\x1F\\x7F"],
  ["digit", "0-9"],
  ["graph", "!-~"],
  ["lower", "a-z"],
  ["print", " -~"],
  ["punct", "!-\\/:-@\\[-`\\{-~"],
  ["space", "\\t\\n\\v\\f\\r "],
  ["upper", "A-Z"],
  ["word", "0-9A-Za-z_"],
  ["xdigit", "0-9A-Fa-f"],
])
/** Where the text begins and ends, also where the flag `m` lets `^` and `$` stand for lines. */
const [textStart, textEnd] = ["(?<!\\p{Any})", "(?!\\p{Any})"]
const syntax = /[\\^$.*+?()[\]{}|/]/

/**
 * A pattern in Go's syntax (RE2), as Prometheus takes it for labels: the whole value must match, and `.` is any character.
 * Flags are only known at the beginning of a pattern, for all of it. Throws RegexpError.
 */
export function anchored(pattern: string): RegExp {
  return compile(pattern, "s", (source) => `${textStart}(?:${source})${textEnd}`, `^(?:${pattern})$`)
}

/** A pattern in Go's syntax that may match any part of the text, as Go's own `regexp` has it. Throws RegexpError. */
export function searched(pattern: string): RegExp {
  return compile(pattern, "", (source) => source, pattern)
}

/** `told`: how errors show the pattern. */
function compile(pattern: string, always: string, framed: (source: string) => string, told: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern)
  const wanted = new Set([...(flags?.[1] ?? "").split(""), always, "u"])
  const source = translate(pattern.slice(flags?.[0].length ?? 0))
  try {
    return new RegExp(framed(source), [...wanted].join(""))
  } catch (error) {
    throw new RegexpError(reason(pattern, told, error), { cause: error })
  }
}

/** Go's syntax in JavaScript's. */
function translate(pattern: string): string {
  let result = ""
  let inClass = false
  for (let at = 0; at < pattern.length;) {
    const [length, piece] = inClass ? insideClass(pattern, at) : outsideClass(pattern, at)
    if (inClass ? pattern.charAt(at) === "]" && piece === "]" : pattern.charAt(at) === "[") inClass = !inClass
    result += piece
    at += length
  }
  return result
}

type Piece = readonly [length: number, translated: string]

function outsideClass(pattern: string, at: number): Piece {
  const rest = pattern.slice(at)
  const literal = /^\\Q([\s\S]*?)(?:\\E|$)/.exec(rest)
  if (literal) return [literal[0].length, (literal[1] ?? "").replace(new RegExp(syntax, "g"), "\\$&")]
  const char = rest.charAt(0)
  if (char === "\\") return escape(rest, syntax)
  if (char === "(") {
    const group = /^\((?:\?P?<(?=[A-Za-z_])|\?:)?/.exec(rest)?.[0] ?? "("
    if (group === "(" && rest.startsWith("(?"))
      throw new RegexpError(`invalid or unsupported Perl syntax: \`${rest.slice(0, 3)}\``)
    return [group.length, group.replace("P", "")]
  }
  // A bracket that comes first in a class stands for itself.
  const opened = /^\[\^?\]?/.exec(rest)?.[0]
  if (opened !== undefined) return [opened.length, opened.replace("]", "\\]")]
  // A brace that counts nothing stands for itself.
  if (char === "{" && !/^\{\d+(?:,\d*)?\}/.test(rest)) return [1, "\\{"]
  if (char === "}" && !/\{\d+(?:,\d*)?$/.test(pattern.slice(0, at))) return [1, "\\}"]
  return [1, char === "]" || char === "/" ? `\\${char}` : char]
}

function insideClass(pattern: string, at: number): Piece {
  const rest = pattern.slice(at)
  const named = /^\[:(\^?)(\w+):\]/.exec(rest)
  const set = classes.get(named?.[2] ?? "")
  if (named && set === undefined) throw new RegexpError(`invalid character class range: \`${named[0]}\``)
  // JavaScript has no class within a class to negate.
  if (named?.[1] === "^") throw new RegexpError(`not supported here: \`${named[0]}\``)
  if (named && set !== undefined) return [named[0].length, set]
  const char = rest.charAt(0)
  if (char === "\\") return escape(rest, /[\\^$.*+?()[\]{}|/-]/)
  return [1, char === "[" ? "\\[" : char]
}

/** An escape; before a character that needs none, JavaScript would not take it. */
function escape(rest: string, meaningful: RegExp): Piece {
  const property = /^\\([pP])(?:([A-Z])|\{(\w+)\})/.exec(rest)
  if (property) {
    const name = property[2] ?? property[3] ?? ""
    return [property[0].length, `\\${property[1]}{${name.length > 2 ? "Script=" : ""}${name}}`]
  }
  const char = rest.charAt(1)
  if (char === "A") return [2, textStart]
  if (char === "z") return [2, textEnd]
  if (char === "a") return [2, "\\x07"]
  if (/[1-9]/.test(char)) throw new RegexpError(`invalid escape sequence: \`\\${char}\``)
  return [2, char === "" || /[A-Za-z0]/.test(char) || meaningful.test(char) ? `\\${char}` : char]
}

/** What Go says is wrong, as far as it can be told apart. */
function reason(pattern: string, whole: string, error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes("Unterminated group")) return `missing closing ): \`${whole}\``
  if (text.includes("Unmatched ')'")) return `unexpected ): \`${whole}\``
  if (text.includes("Unterminated character class"))
    return `missing closing ]: \`${pattern.slice(Math.max(0, pattern.lastIndexOf("[")))}${whole.slice(whole.lastIndexOf(pattern) + pattern.length)}\``
  const repeated = /(?:^|[(|])([*+?])/.exec(pattern)?.[1]
  if (text.includes("Nothing to repeat") && repeated !== undefined)
    return `missing argument to repetition operator: \`${repeated}\``
  const escaped = /\\[A-Za-z]/.exec(pattern)?.[0]
  if (text.includes("Invalid escape") && escaped !== undefined) return `invalid escape sequence: \`${escaped}\``
  return `invalid or unsupported Perl syntax: \`${pattern}\``
}
