import { Automaton } from "./automaton.ts"
import { javascriptOf } from "./javascript.ts"
import { parsePattern } from "./parse-pattern.ts"
import { matchesEmpty, sizeOf } from "./measures.ts"
import { RegexpError, type Pattern } from "./syntax.ts"

export { RegexpError }

/** More states than this, and an automaton would take its time and memory. Patterns that people write have some hundreds. */
const maxSize = 200_000

/**
 * A pattern in Go's syntax (RE2), as Prometheus takes it for labels: the whole value must match, and `.` is any character. Time
 * may grow exponentially with the value for some patterns: ask `wholeMatch` first. Throws RegexpError.
 */
export function anchored(pattern: string): RegExp {
  return compile(`^(?:${javascriptOf(labelPattern(pattern))})$`, pattern)
}

/** Whether a whole value matches, as `anchored` has it, but in linear time whatever the pattern is. Throws RegexpError. */
export function wholeMatch(pattern: string): (value: string) => boolean {
  const parsed = labelPattern(pattern)
  let automaton: Automaton | undefined
  return (value) => {
    automaton ??= new Automaton(parsed)
    return automaton.matches(value)
  }
}

/** Whether a pattern for labels matches where there is none. Throws RegexpError, so it also checks the pattern. */
export const matchesNothing = (pattern: string): boolean => matchesEmpty(labelPattern(pattern))

/** A pattern in Go's syntax that may match any part of the text, as Go's own `regexp` has it. Throws RegexpError. */
export function searched(pattern: string): RegExp {
  return compile(javascriptOf(parsePattern(pattern)), pattern)
}

function labelPattern(pattern: string): Pattern {
  const parsed = parsePattern(pattern, "s")
  if (sizeOf(parsed) > maxSize) throw tooLarge(pattern)
  return parsed
}

const tooLarge = (pattern: string, cause?: unknown): RegexpError =>
  new RegexpError(`expression too large: \`${pattern}\``, { cause })

function compile(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source, "u")
  } catch (error) {
    throw tooLarge(pattern, error)
  }
}
