import { BuildError } from "../build-error.ts"

/** Value of a variable; undefined when it is not set. */
export type Lookup = (name: string) => string | undefined

/**
 * Splits arguments into words and puts variables in, as the Dockerfile reference has it ("Environment replacement"):
 * quotes group, a backslash takes the next character as it is, single quotes keep everything, `$NAME`, `${NAME}`,
 * `${NAME:-default}` and `${NAME:+other}` are replaced. A value is never split again.
 */
export function expandWords(text: string, lookup: Lookup): string[] {
  const words: string[] = []
  let word = ""
  let begun = false
  let quote = ""
  for (let at = 0; at < text.length;) {
    const char = text.charAt(at)
    if (quote === "" && /\s/.test(char)) {
      if (begun) words.push(word)
      word = ""
      begun = false
      at += 1
      continue
    }
    begun = true
    if (char === "\\" && quote !== "'") {
      const next = text.charAt(at + 1)
      // Inside of double quotes a backslash is itself before ordinary characters.
      word += quote === '"' && !['"', "\\", "$"].includes(next) ? char + next : next
      at += 2
    } else if (char === quote) {
      quote = ""
      at += 1
    } else if (quote === "" && (char === '"' || char === "'")) {
      quote = char
      at += 1
    } else if (char === "$" && quote !== "'") {
      const { value, end } = expandVariable(text, at, lookup)
      word += value
      at = end
    } else {
      word += char
      at += 1
    }
  }
  if (quote !== "") throw new BuildError(`a quote (${quote}) is not closed in: ${text}`, "Close it.")
  if (begun) words.push(word)
  return words
}

/** The whole text as one word, spaces included. */
export function expandText(text: string, lookup: Lookup): string {
  return expandWords(text.replace(/(\s)/g, "\\$1"), lookup).join("")
}

function expandVariable(text: string, at: number, lookup: Lookup): { value: string; end: number } {
  const rest = text.slice(at)
  const [plain, name] = /^\$([A-Za-z_]\w*)/.exec(rest) ?? []
  if (plain !== undefined && name !== undefined) return { value: lookup(name) ?? "", end: at + plain.length }
  if (!rest.startsWith("${")) return { value: "$", end: at + 1 }
  const close = closingBrace(rest)
  const [, braced, operator, word = ""] = /^\$\{([A-Za-z_]\w*)(?::([-+])(.*))?\}$/s.exec(rest.slice(0, close + 1)) ?? []
  if (close < 0 || braced === undefined) {
    throw new BuildError(
      `cannot read the variable in: ${text}`,
      "Write $NAME, ${NAME}, ${NAME:-default} or ${NAME:+other}.",
    )
  }
  const end = at + close + 1
  const value = lookup(braced) ?? ""
  if (operator === undefined) return { value, end }
  const isSet = value !== ""
  if (operator === "-") return { value: isSet ? value : expandText(word, lookup), end }
  return { value: isSet ? expandText(word, lookup) : "", end }
}

/** Where the brace that a text begins with ends, other braces inside of it counted; -1 when it does not. */
function closingBrace(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at += 1) {
    if (text.charAt(at) === "{") depth += 1
    if (text.charAt(at) === "}") depth -= 1
    if (depth === 0 && at > 0 && text.charAt(at) === "}") return at
  }
  return -1
}

/** `["a", "b"]`; undefined when the text is in the other, shell form. */
export function execForm(text: string): string[] | undefined {
  if (!text.trim().startsWith("[")) return undefined
  try {
    const parsed: unknown = JSON.parse(text)
    return Array.isArray(parsed) && parsed.every((each) => typeof each === "string") ? parsed : undefined
  } catch (error) {
    // As Docker does: what is not JSON is meant for the shell.
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** `A=b C="d e"`, and the old form `A b c`, which sets one. */
export function keyValues(text: string, lookup: Lookup): [string, string][] {
  const [first = ""] = text.split(/\s/, 1)
  if (!first.includes("=")) {
    const value = text.slice(first.length).trim()
    if (value === "") throw new BuildError(`"${text}" has no value`, "Write NAME=value.")
    return [[first, expandText(value, lookup)]]
  }
  return expandWords(text, lookup).map((word) => {
    const equals = word.indexOf("=")
    if (equals <= 0)
      throw new BuildError(
        `"${word}" has no value`,
        'Write NAME=value; a value with spaces in it stands in quotes, NAME="a value".',
      )
    return [word.slice(0, equals), word.slice(equals + 1)]
  })
}
