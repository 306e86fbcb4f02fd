import { outside, type Program } from "./program.ts"

/** The text of a group of a match, by its number (0 is the whole) or name; undefined where there is none, or it took no part. */
export type Groups = (nameOrNumber: string) => string | undefined

/** A way through the pattern: where it is, and where in the text its groups began and ended. */
interface Thread {
  readonly state: number
  readonly marks: readonly number[]
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
    let threads = this.#follow([{ state: start, marks: [] }], outside, point(0), 0)
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
    return (
      found &&
      groupsOf(
        names.map((_, number) => textOf(text, found.marks, number)),
        names,
      )
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
        case "mark": {
          const marked = [...marks]
          marked[state.slot] = at
          open.push({ state: state.next, marks: marked })
          break
        }
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

function textOf(text: string, marks: readonly number[], group: number): string | undefined {
  const [begin, end] = [marks[group * 2], marks[group * 2 + 1]]
  return begin === undefined || end === undefined ? undefined : text.slice(begin, end)
}

/** Of several groups of one name, it is the first one that took part. */
export const groupsOf =
  (texts: readonly (string | undefined)[], names: Program["names"]): Groups =>
  (name) =>
    /^(?:0|[1-9]\d*)$/.test(name)
      ? texts[Number(name)]
      : texts.find((text, number) => names[number] === name && text !== undefined)
