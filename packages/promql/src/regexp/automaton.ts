import type { CharacterSet, Pattern } from "./syntax.ts"

/** A state is left by a character, by others that follow at once, by a place in the text, or by nothing: then it is the end. */
type State =
  | { readonly kind: "character"; readonly accepts: (point: number) => boolean; next: number }
  | { readonly kind: "split"; next: number[] }
  | { readonly kind: "place"; readonly holds: (before: number, after: number) => boolean; next: number }
  | { readonly kind: "end" }

/** Stands for what is before the first and behind the last character. */
const outside = -1
/** As many sets of states are kept; an automaton with more of them begins anew, so that memory has an end. */
const maxSets = 2_000

/**
 * Whether a whole text matches a pattern, in a time that only grows with the length of both: all ways through the pattern are
 * followed at once, and which ways are left after a character is computed only the first time (Thompson's construction with sets
 * of states kept).
 */
export class Automaton {
  readonly #states: State[] = []
  readonly #start: number
  #sets = new Map<string, StateSet>()
  #first: StateSet | undefined

  constructor(pattern: Pattern) {
    const end = this.#add({ kind: "end" })
    this.#start = this.#build(pattern, end)
  }

  matches(text: string): boolean {
    this.#first ??= this.#setOf([this.#start])
    let set = this.#first
    let before = outside
    for (let at = 0; at < text.length; at += 1) {
      const point = text.codePointAt(at) ?? 0
      const follows = set.hasPlaces ? this.#through(set, before, point) : set
      set = this.#after(follows, point)
      if (set.states.length === 0) return false
      before = point
      if (point > 0xffff) at += 1
    }
    return (set.hasPlaces ? this.#through(set, before, outside) : set).ends
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
      case "group":
        return this.#build(pattern.of, next)
      case "repeat":
        return this.#repeat(pattern, next)
      default:
        return this.#add({ kind: "place", holds: places[pattern.kind], next })
    }
  }

  #repeat({ of, least, most }: Extract<Pattern, { kind: "repeat" }>, next: number): number {
    let following = next
    if (Number.isFinite(most)) {
      for (let count = least; count < most; count += 1)
        following = this.#add({ kind: "split", next: [this.#build(of, following), next] })
    } else {
      const loop = { kind: "split" as const, next: [] as number[] }
      following = this.#add(loop)
      loop.next = [this.#build(of, following), next]
    }
    for (let count = 0; count < least; count += 1) following = this.#build(of, following)
    return following
  }

  /** Those states, and all that follow from them at once. */
  #setOf(begin: readonly number[]): StateSet {
    const seen = new Set<number>()
    const open = [...begin]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue
      seen.add(index)
      const state = this.#states[index]
      if (state?.kind === "split") open.push(...state.next)
    }
    const states = [...seen].filter((index) => this.#states[index]?.kind !== "split").sort((a, b) => a - b)
    const key = states.join()
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    if (this.#sets.size >= maxSets) this.#sets = new Map()
    const kinds = states.map((index) => this.#states[index]?.kind)
    const set: StateSet = { states, ends: kinds.includes("end"), hasPlaces: kinds.includes("place"), after: new Map() }
    this.#sets.set(key, set)
    return set
  }

  /** With what follows from places in the text that hold here. */
  #through({ states }: StateSet, before: number, after: number): StateSet {
    const reached = new Set(states)
    const open = [...states]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      const state = this.#states[index]
      if (state?.kind !== "place" || !state.holds(before, after)) continue
      for (const next of this.#setOf([state.next]).states) {
        if (reached.has(next)) continue
        reached.add(next)
        open.push(next)
      }
    }
    return this.#setOf([...reached])
  }

  #after(set: StateSet, point: number): StateSet {
    const known = set.after.get(point)
    if (known !== undefined) return known
    const next: number[] = []
    for (const index of set.states) {
      const state = this.#states[index]
      if (state?.kind === "character" && state.accepts(point)) next.push(state.next)
    }
    const result = this.#setOf(next)
    set.after.set(point, result)
    return result
  }
}

interface StateSet {
  readonly states: readonly number[]
  readonly ends: boolean
  readonly hasPlaces: boolean
  /** What is left after a character. */
  readonly after: Map<number, StateSet>
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
