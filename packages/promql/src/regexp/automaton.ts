import { outside, type Program, type State } from "./program.ts"

/** As many sets of states are kept; an automaton with more of them begins anew, so that memory has an end. */
const maxSets = 2_000
const passedOver: ReadonlySet<State["kind"] | undefined> = new Set(["split", "mark"])

/**
 * Whether a whole text matches a pattern, in a time that only grows with the length of both: all ways through the pattern are
 * followed at once, and which ways are left after a character is computed only the first time (sets of states are kept).
 */
export class Automaton {
  readonly #states: readonly State[]
  readonly #start: number
  #sets = new Map<string, StateSet>()
  #first: StateSet | undefined

  constructor({ states, start }: Program) {
    this.#states = states
    this.#start = start
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

  /** Those states, and all that follow from them at once. */
  #setOf(begin: readonly number[]): StateSet {
    const seen = new Set<number>()
    const open = [...begin]
    for (let index = open.pop(); index !== undefined; index = open.pop()) {
      if (seen.has(index)) continue
      seen.add(index)
      const state = this.#states[index]
      if (state?.kind === "split") open.push(...state.next)
      else if (state?.kind === "mark") open.push(state.next)
    }
    const states = [...seen].filter((index) => !passedOver.has(this.#states[index]?.kind)).sort((a, b) => a - b)
    const key = states.join()
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    if (this.#sets.size >= maxSets) {
      this.#sets = new Map()
      this.#first = undefined
    }
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
