import type { CharacterSet, Pattern } from "./syntax.ts"

/**
 * A state is left by a character; by others that follow at once, the preferred one first; by a place in the text; by noting where
 * a group begins or ends; or by nothing: then it is the end.
 */
export type State =
  | { readonly kind: "character"; readonly accepts: (point: number) => boolean; readonly next: number }
  | { readonly kind: "split"; readonly next: readonly number[] }
  | { readonly kind: "place"; readonly holds: (before: number, after: number) => boolean; readonly next: number }
  | { readonly kind: "mark"; readonly slot: number; readonly next: number }
  | { readonly kind: "end" }

/** A pattern as states (Thompson's construction). */
export interface Program {
  readonly states: readonly State[]
  readonly start: number
  /** The groups' names by their numbers, undefined for one without; 0 is the whole. */
  readonly names: readonly (string | undefined)[]
}

/** Stands for what is before the first and behind the last character. */
export const outside = -1

export const programOf = (pattern: Pattern): Program => new Builder().run(pattern)

class Builder {
  readonly #states: State[] = []
  readonly #names: (string | undefined)[] = []

  run(pattern: Pattern): Program {
    const end = this.#add({ kind: "end" })
    const start = this.#build({ kind: "group", of: pattern, number: 0 }, end)
    return { states: this.#states, start, names: this.#names }
  }

  #add(state: State): number {
    this.#states.push(state)
    return this.#states.length - 1
  }

  /** Builds states that lead to `next` by the pattern; answers where they begin. Backwards, so that each knows what follows. */
  #build(pattern: Pattern, next: number): number {
    switch (pattern.kind) {
      case "empty":
        return next
      case "characters":
        return this.#add({ kind: "character", accepts: acceptance(pattern.set), next })
      case "sequence":
        return pattern.of.reduceRight((following, part) => this.#build(part, following), next)
      case "alternatives":
        return this.#add({ kind: "split", next: pattern.of.map((part) => this.#build(part, next)) })
      case "group": {
        this.#names[pattern.number] = pattern.name
        const end = this.#add({ kind: "mark", slot: pattern.number * 2 + 1, next })
        return this.#add({ kind: "mark", slot: pattern.number * 2, next: this.#build(pattern.of, end) })
      }
      case "repeat":
        return this.#repeat(pattern, next)
      default:
        return this.#add({ kind: "place", holds: places[pattern.kind], next })
    }
  }

  #repeat({ of, least, most, greedy }: Extract<Pattern, { kind: "repeat" }>, next: number): number {
    const either = (again: number): number[] => (greedy ? [again, next] : [next, again])
    let following = next
    let copies = least
    if (Number.isFinite(most)) {
      for (let count = least; count < most; count += 1)
        following = this.#add({ kind: "split", next: either(this.#build(of, following)) })
    } else {
      const ways: number[] = []
      const again = this.#build(of, this.#add({ kind: "split", next: ways }))
      ways.push(...either(again))
      // As Go does it: x* is (x+)?, so that what is empty within is preferred as it is written.
      following = least === 0 ? this.#add({ kind: "split", next: either(again) }) : again
      copies = Math.max(0, least - 1)
    }
    for (let count = 0; count < copies; count += 1) following = this.#build(of, following)
    return following
  }
}

const isWord = (point: number): boolean => point > 0 && point < 0x80 && /\w/.test(String.fromCharCode(point))
const newline = 10

const places: Readonly<
  Record<
    "textStart" | "textEnd" | "lineStart" | "lineEnd" | "boundary" | "noBoundary",
    (before: number, after: number) => boolean
  >
> = {
  textStart: (before) => before === outside,
  textEnd: (_, after) => after === outside,
  lineStart: (before) => before === outside || before === newline,
  lineEnd: (_, after) => after === outside || after === newline,
  boundary: (before, after) => isWord(before) !== isWord(after),
  noBoundary: (before, after) => isWord(before) === isWord(after),
}

function acceptance({ ranges, properties, negated }: CharacterSet): (point: number) => boolean {
  const named = properties.map(({ name, negated: not }) => {
    const pattern = new RegExp(`^\\${not ? "P" : "p"}{${name}}$`, "u")
    return (point: number): boolean => pattern.test(String.fromCodePoint(point))
  })
  const within = (point: number): boolean =>
    ranges.some(([first, last]) => point >= first && point <= last) || named.some((holds) => holds(point))
  return negated ? (point) => !within(point) : within
}
