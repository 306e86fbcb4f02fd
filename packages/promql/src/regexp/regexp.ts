import { Automaton } from "./automaton.ts"
import { javascriptOf } from "./javascript.ts"
import { parsePattern } from "./parse-pattern.ts"
import { matchesEmpty, sizeOf, waysOf } from "./measures.ts"
import { programOf } from "./program.ts"
import { groupsOf, SubmatchFinder, type Groups } from "./submatches.ts"
import { RegexpError, type Pattern } from "./syntax.ts"

export { RegexpError }

/** More states than this, and an automaton would take its time and memory. Patterns that people write have some hundreds. */
const maxSize = 200_000
/** So many ways through a pattern are tried one after the other; where there may be more, they are followed at once. */
const mostWays = 1_000_000

/**
 * Whether a whole value matches a pattern in Go's syntax (RE2), as Prometheus takes it for labels: `.` is any character. In linear
 * time whatever the pattern is. Throws RegexpError.
 */
export function wholeMatch(pattern: string): (value: string) => boolean {
  const parsed = labelPattern(pattern)
  let automaton: Automaton | undefined
  return (value) => {
    automaton ??= new Automaton(programOf(parsed))
    return automaton.matches(value)
  }
}

/** The groups of a whole value, undefined where it does not match, as `wholeMatch` has it. Throws RegexpError. */
export function submatches(pattern: string): (value: string) => Groups | undefined {
  const parsed = labelPattern(pattern)
  const program = programOf(parsed)
  const automaton = new Automaton(program)
  const finder = new SubmatchFinder(program)
  // Several times as fast, where it cannot take long.
  const direct = Number.isFinite(waysOf(parsed, 1)) ? compiled(`^(?:${javascriptOf(parsed)})$`, pattern) : undefined
  return (value) => {
    if (direct === undefined || waysOf(parsed, value.length) > mostWays)
      return automaton.matches(value) ? finder.find(value) : undefined
    const match = direct.exec(value)
    return match === null ? undefined : groupsOf(match, program.names)
  }
}

/** Whether a pattern for labels matches where there is none. Throws RegexpError, so it also checks the pattern. */
export const matchesNothing = (pattern: string): boolean => matchesEmpty(labelPattern(pattern))

/**
 * A pattern in Go's syntax that may match any part of the text, as Go's own `regexp` has it. Time may grow exponentially with the
 * text for some patterns. Throws RegexpError.
 */
export const searched = (pattern: string): RegExp => compiled(javascriptOf(parsePattern(pattern)), pattern)

function labelPattern(pattern: string): Pattern {
  const parsed = parsePattern(pattern, "s")
  if (sizeOf(parsed) > maxSize) throw tooLarge(pattern)
  return parsed
}

const tooLarge = (pattern: string, cause?: unknown): RegexpError =>
  new RegexpError(`expression too large: \`${pattern}\``, { cause })

function compiled(source: string, pattern: string): RegExp {
  try {
    return new RegExp(source, "u")
  } catch (error) {
    throw tooLarge(pattern, error)
  }
}
