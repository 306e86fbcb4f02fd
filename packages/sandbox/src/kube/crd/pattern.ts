const compiled = new Map<string, RegExp>()

/**
 * A pattern of a schema, which is written for Go: JavaScript's, but for flags at the front, names of groups and the ends
 * of text. Throws a SyntaxError for what is none.
 */
export function compilePattern(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known !== undefined) return known
  const [, flags = "", rest = ""] = /^(?:\(\?([ims]+)\))?(.*)$/s.exec(pattern) ?? []
  const source = rest.replaceAll("\\z", "$").replaceAll("\\A", "^").replaceAll("(?P<", "(?<")
  const expression = new RegExp(source, `${flags}${source.includes("\\p{") ? "u" : ""}`)
  compiled.set(pattern, expression)
  return expression
}
