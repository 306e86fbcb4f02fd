import type { Pattern } from "./syntax.ts"

/** Whether a pattern matches the empty text. */
export function matchesEmpty(pattern: Pattern): boolean {
  switch (pattern.kind) {
    case "characters":
    // There is no word at all.
    case "boundary":
      return false
    case "sequence":
      return pattern.of.every(matchesEmpty)
    case "alternatives":
      return pattern.of.some(matchesEmpty)
    case "group":
      return matchesEmpty(pattern.of)
    case "repeat":
      return pattern.least === 0 || matchesEmpty(pattern.of)
    default:
      return true
  }
}

/** How many characters a pattern is, once each repetition is written out. */
export function sizeOf(pattern: Pattern): number {
  switch (pattern.kind) {
    case "sequence":
    case "alternatives":
      return pattern.of.reduce((size, part) => size + sizeOf(part), 1)
    case "group":
      return sizeOf(pattern.of)
    case "repeat":
      return sizeOf(pattern.of) * Math.max(1, pattern.least, Number.isFinite(pattern.most) ? pattern.most : 0)
    default:
      return 1
  }
}

/**
 * How many ways through a pattern a text of this length may have, at most: what a search that goes back may try. Infinite where
 * repetitions may share a text among them, which is also where JavaScript and Go may prefer different ways.
 */
export function waysOf(pattern: Pattern, length: number): number {
  switch (pattern.kind) {
    case "sequence":
      return pattern.of.reduce((ways, part) => ways * waysOf(part, length), 1)
    case "alternatives":
      return pattern.of.reduce((ways, part) => ways + waysOf(part, length), 0)
    case "group":
      return waysOf(pattern.of, length)
    case "repeat":
      return pattern.of.kind === "characters" ? 1 + Math.min(length, pattern.most - pattern.least) : Infinity
    default:
      return 1
  }
}
