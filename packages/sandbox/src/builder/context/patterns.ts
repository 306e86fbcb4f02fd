import { BuildError } from "../build-error.ts"

/**
 * Go's filepath.Match as a regular expression, with `**` for any number of folders (Dockerfile reference, ".dockerignore"):
 * `*` and `?` stop at a slash, `[…]` is a set, a backslash takes the next character as it is.
 */
export function globExpression(pattern: string): RegExp {
  let expression = ""
  for (let at = 0; at < pattern.length; at += 1) {
    const char = pattern.charAt(at)
    if (pattern.startsWith("**", at)) {
      const isFolder = pattern.charAt(at + 2) === "/"
      expression += isFolder ? "(?:[^/]+/)*" : ".*"
      at += isFolder ? 2 : 1
    } else if (char === "*") expression += "[^/]*"
    else if (char === "?") expression += "[^/]"
    else if (char === "[") {
      const end = pattern.indexOf("]", at + 2)
      if (end < 0) throw new BuildError(`the pattern ${pattern} has a [ that is not closed`, "Close it, or write \\[.")
      const set = pattern
        .slice(at + 1, end)
        .replace(/\\/g, "\\\\")
        .replace(/^!/, "^")
      expression += `(?!/)[${set}]`
      at = end
    } else {
      const literal = char === "\\" ? pattern.charAt((at += 1)) : char
      expression += literal.replace(/[.*+?^${}()|[\]\\/]/, "\\$&")
    }
  }
  return new RegExp(`^${expression}$`)
}

export const hasWildcard = (pattern: string): boolean => /[*?[]/.test(pattern)

/** A path with `.`, empty parts and slashes at its ends taken out; "" is the root. Throws when it leads out of the root. */
export function cleanPath(path: string): string {
  const parts: string[] = []
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue
    if (part !== "..") parts.push(part)
    else if (parts.pop() === undefined) {
      throw new BuildError(`${path} leads out of the repository`, "Only files of the repository can be copied.")
    }
  }
  return parts.join("/")
}

/** Whether a path of the context is left out by .dockerignore: the last pattern that matches it or a folder above counts. */
export function ignoreFilter(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const keeps = line.startsWith("!")
      return { keeps, expression: globExpression(cleanPath(keeps ? line.slice(1) : line)) }
    })
  return (path) => {
    const parts = path.split("/")
    const prefixes = parts.map((_, index) => parts.slice(0, index + 1).join("/"))
    const last = rules.findLast(({ expression }) => prefixes.some((prefix) => expression.test(prefix)))
    return last !== undefined && !last.keeps
  }
}
