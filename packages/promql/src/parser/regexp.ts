/** A pattern that is none. Worded as Prometheus words it: "error parsing regexp: missing closing ): `^(?:()$`". */
export class RegexpError extends Error {
  override readonly name = "RegexpError"
}

const classes: Readonly<Record<string, string>> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7F",
  blank: "\\t ",
  cntrl: "\\x00-\\x1F\\x7F",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
}

/**
 * A pattern in Go's syntax (RE2), as Prometheus takes it for labels: the whole value must match, and `.` is any character.
 * Flags for a part of a pattern are only known at its beginning. Throws RegexpError.
 */
export function anchored(pattern: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(pattern)
  const source = translate(pattern.slice(flags?.[0].length ?? 0))
  const wanted = new Set([...(flags?.[1] ?? ""), "s", "u"])
  try {
    return new RegExp(`^(?:${source})$`, [...wanted].join(""))
  } catch (error) {
    throw new RegexpError(`error parsing regexp: ${reason(pattern, error)}`, { cause: error })
  }
}

/** Go's syntax in JavaScript's: names of groups, classes, and escapes of characters that need none. */
function translate(pattern: string): string {
  return pattern.replace(
    /\\Q([\s\S]*?)(?:\\E|$)|\\([\s\S])|\(\?P<|\[:(\^?)(\w+):\]|\[\^?\]?/g,
    (match: string, literal?: string, escaped?: string, not?: string, name?: string) => {
      if (literal !== undefined) return literal.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
      if (escaped !== undefined) return escape(escaped)
      if (match === "(?P<") return "(?<"
      if (name !== undefined && not === "") return classes[name] ?? match
      // In Go a bracket that comes first in a class stands for itself.
      return match.endsWith("]") ? match.replace(/\]$/, "\\]") : match
    },
  )
}

function escape(char: string): string {
  if (char === "A") return "^"
  if (char === "z") return "$"
  if (char === "a") return "\\x07"
  return /[\w^$\\.*+?()[\]{}|/-]/.test(char) ? `\\${char}` : char
}

/** What Go says is wrong, as far as it can be told apart. */
function reason(pattern: string, error: unknown): string {
  const whole = `^(?:${pattern})$`
  const text = error instanceof Error ? error.message : String(error)
  if (text.includes("Unterminated group")) return `missing closing ): \`${whole}\``
  if (text.includes("Unmatched ')'")) return `unexpected ): \`${whole}\``
  if (text.includes("Unterminated character class") || text.includes("Lone quantifier brackets"))
    return `missing closing ]: \`${pattern.slice(Math.max(0, pattern.lastIndexOf("[")))})$\``
  const repeated = /(?:^|[(|])([*+?])/.exec(pattern)?.[1]
  if (text.includes("Nothing to repeat") && repeated !== undefined)
    return `missing argument to repetition operator: \`${repeated}\``
  return `invalid or unsupported Perl syntax: \`${pattern}\``
}
