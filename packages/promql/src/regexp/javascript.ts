import { lastCodePoint, type CharacterSet, type Pattern } from "./syntax.ts"

/** The pattern as a source for JavaScript's RegExp, with the flag `u` and no other. Of several groups of a name, the first one has it. */
export function javascriptOf(pattern: Pattern, names = new Set<string>()): string {
  switch (pattern.kind) {
    case "empty":
      return "(?:)"
    case "characters":
      return classOf(pattern.set)
    case "textStart":
      return "^"
    case "textEnd":
      return "$"
    case "lineStart":
      return "(?:^|(?<=\\n))"
    case "lineEnd":
      return "(?=\\n|$)"
    case "boundary":
      return "\\b"
    case "noBoundary":
      return "\\B"
    case "sequence":
      return pattern.of.map((part) => javascriptOf(part, names)).join("")
    case "alternatives":
      return `(?:${pattern.of.map((part) => javascriptOf(part, names)).join("|")})`
    case "group": {
      const { name, of } = pattern
      const named = name !== undefined && !/^\d/.test(name) && !names.has(name)
      if (named) names.add(name)
      return `(${named ? `?<${name}>` : ""}${javascriptOf(of, names)})`
    }
    case "repeat": {
      const { least, most, greedy } = pattern
      const count = `{${String(least)},${Number.isFinite(most) ? String(most) : ""}}`
      return `(?:${javascriptOf(pattern.of, names)})${count}${greedy ? "" : "?"}`
    }
  }
}

const point = (code: number): string => `\\u{${code.toString(16)}}`

function classOf({ ranges, properties, negated }: CharacterSet): string {
  const [first, ...others] = ranges
  if (first?.[0] === 0 && first[1] === lastCodePoint && !negated) return "[^]"
  // The class of nothing is one that nothing can be, in either.
  if (first === undefined && properties.length === 0) return negated ? "[^]" : "[]"
  if (first !== undefined && first[0] === first[1] && others.length === 0 && properties.length === 0 && !negated)
    return point(first[0])
  const spans = ranges.map(([from, to]) => (from === to ? point(from) : `${point(from)}-${point(to)}`))
  const names = properties.map((property) => `\\${property.negated ? "P" : "p"}{${property.name}}`)
  return `[${negated ? "^" : ""}${[...spans, ...names].join("")}]`
}
