import type { Ids } from "./postings.ts"

/** Series in the order of their labels. It is brought up to date when it is asked for, at the cost of the series that are new. */
export class SeriesOrder {
  readonly #compare: (a: number, b: number) => number
  /** In order, but for the fresh ones. */
  #ids: Ids = new Uint32Array(0)
  /** By id: its place in `#ids`. */
  #ranks = new Uint32Array(0)
  #fresh: number[] = []

  constructor(compare: (a: number, b: number) => number) {
    this.#compare = compare
  }

  add(id: number): void {
    this.#fresh.push(id)
  }

  remove(gone: Ids): void {
    const dropped = new Set(gone)
    this.#fresh = this.#fresh.filter((id) => !dropped.has(id))
    this.#set(this.#ids.filter((id) => !dropped.has(id)))
  }

  /** The same ids in order. */
  sorted(ids: Ids): Ids {
    if (this.#fresh.length > 0) this.#merge()
    const [byRank, ranks] = [this.#ids, this.#ranks]
    return ids
      .map((id) => ranks[id] ?? 0)
      .sort()
      .map((rank) => byRank[rank] ?? 0)
  }

  #merge(): void {
    const known = this.#ids
    const merged = new Uint32Array(known.length + this.#fresh.length)
    let taken = 0
    for (const [count, id] of this.#fresh.sort(this.#compare).entries()) {
      const place = this.#placeOf(id, taken)
      merged.set(known.subarray(taken, place), taken + count)
      merged[place + count] = id
      taken = place
    }
    merged.set(known.subarray(taken), taken + this.#fresh.length)
    this.#fresh = []
    this.#set(merged)
  }

  /** Where in the known order an id that comes behind those before `from` belongs. */
  #placeOf(id: number, from: number): number {
    let low = from
    let high = this.#ids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#compare(this.#ids[middle] ?? 0, id) < 0) low = middle + 1
      else high = middle
    }
    return low
  }

  #set(ids: Ids): void {
    this.#ids = ids
    this.#ranks = new Uint32Array(ids.reduce((most, id) => Math.max(most, id + 1), 0))
    for (let rank = 0; rank < ids.length; rank += 1) this.#ranks[ids[rank] ?? 0] = rank
  }
}
