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
