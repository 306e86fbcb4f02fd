import { outside, type Program } from "./program.ts"

/** The text of a group of a match, by its number (0 is the whole) or name; undefined where there is none, or it took no part. */
export type Groups = (nameOrNumber: string) => string | undefined

/** Where in the text a group began or ended, and all that was noted before: ways that part share what they have in common. */
interface Mark {
  readonly slot: number
  readonly at: number
  readonly before: Mark | undefined
}

/** A way through the pattern. */
interface Thread {
  readonly state: number
  readonly marks: Mark | undefined
}

/**
 * The groups of a whole match, of the way that Go prefers where there are several. All ways are followed at once, the preferred
 * ones first, and of two that meet the first one goes on (Pike's construction): the time only grows with the length of both.
 */
export class SubmatchFinder {
  readonly #program: Program
  /** By state: the round in which it was reached last. */
  readonly #reached: Uint32Array
  #round = 0

  constructor(program: Program) {
    this.#program = program
    this.#reached = new Uint32Array(program.states.length)
  }

  find(text: string): Groups | undefined {
    const { start, states, names } = this.#program
    const point = (at: number): number => text.codePointAt(at) ?? outside
    let threads = this.#follow([{ state: start, marks: undefined }], outside, point(0), 0)
    for (let at = 0; at < text.length && threads.length > 0;) {
      const here = point(at)
      at += here > 0xffff ? 2 : 1
      const next: Thread[] = []
      for (const { state: index, marks } of threads) {
        const state = states[index]
        if (state?.kind === "character" && state.accepts(here)) next.push({ state: state.next, marks })
      }
      threads = this.#follow(next, here, point(at), at)
    }
    const found = threads.find(({ state }) => states[state]?.kind === "end")
    if (found === undefined) return undefined
    const places = placesOf(found.marks)
    return groupsOf(
      names.map((_, group) => textBetween(text, places[group * 2], places[group * 2 + 1])),
      names,
    )
  }

  /** With what follows at once between two characters, in order of preference. */
  #follow(begin: readonly Thread[], before: number, after: number, at: number): Thread[] {
    this.#round += 1
    const result: Thread[] = []
    const open = begin.toReversed()
    for (let thread = open.pop(); thread !== undefined; thread = open.pop()) {
      const { state: index, marks } = thread
      if (this.#reached[index] === this.#round) continue
      this.#reached[index] = this.#round
      const state = this.#program.states[index]
      switch (state?.kind) {
        case "split":
          for (let way = state.next.length - 1; way >= 0; way -= 1) open.push({ state: state.next[way] ?? 0, marks })
          break
        case "mark":
          open.push({ state: state.next, marks: { slot: state.slot, at, before: marks } })
          break
        case "place":
          if (state.holds(before, after)) open.push({ state: state.next, marks })
          break
        default:
          result.push(thread)
      }
    }
    return result
  }
}

/** By slot: what was noted last. */
function placesOf(marks: Mark | undefined): number[] {
  const places: number[] = []
  for (let mark = marks; mark !== undefined; mark = mark.before) places[mark.slot] ??= mark.at
  return places
}

const textBetween = (text: string, begin: number | undefined, end: number | undefined): string | undefined =>
  begin === undefined || end === undefined ? undefined : text.slice(begin, end)

/** Of several groups of one name, it is the first one that took part. */
export const groupsOf =
  (texts: readonly (string | undefined)[], names: Program["names"]): Groups =>
  (name) =>
    /^(?:0|[1-9]\d*)$/.test(name)
      ? texts[Number(name)]
      : texts.find((text, number) => names[number] === name && text !== undefined)
