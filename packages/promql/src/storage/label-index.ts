import { Postings, type Ids } from "./postings.ts"

export type Pair = readonly [name: string, value: string]

/** Every label pair once, numbered, and for each the series that have it: what is stored of a series' labels is pairs' numbers. */
export class LabelIndex {
  readonly #byName = new Map<string, Map<string, number>>()
  readonly #pairs: (Pair | undefined)[] = []
  readonly #postings: (Postings | undefined)[] = []
  readonly #free: number[] = []

  /** The pair's number; undefined if no series has it. */
  find([name, value]: Pair): number | undefined {
    return this.#byName.get(name)?.get(value)
  }

  intern([name, value]: Pair): number {
    let values = this.#byName.get(name)
    if (values === undefined) this.#byName.set(name, (values = new Map<string, number>()))
    let pair = values.get(value)
    if (pair === undefined) {
      pair = this.#free.pop() ?? this.#pairs.length
      values.set(value, pair)
      this.#pairs[pair] = [name, value]
      this.#postings[pair] = new Postings()
    }
    return pair
  }

  pair(number: number): Pair {
    const pair = this.#pairs[number]
    if (pair === undefined) throw new RangeError(`no label pair ${String(number)}`)
    return pair
  }

  postings(number: number): Postings {
    const postings = this.#postings[number]
    if (postings === undefined) throw new RangeError(`no label pair ${String(number)}`)
    return postings
  }

  /** The values that a label has, with their pairs' numbers. */
  values(name: string): ReadonlyMap<string, number> {
    return this.#byName.get(name) ?? noValues
  }

  /** Takes these series out of a pair's list, and the pair itself if none is left. */
  remove(number: number, gone: Ids): void {
    const postings = this.postings(number)
    postings.removeAll(gone)
    if (postings.length > 0) return
    const [name, value] = this.pair(number)
    const values = this.#byName.get(name)
    values?.delete(value)
    if (values?.size === 0) this.#byName.delete(name)
    this.#pairs[number] = undefined
    this.#postings[number] = undefined
    this.#free.push(number)
  }
}

const noValues: ReadonlyMap<string, number> = new Map()
