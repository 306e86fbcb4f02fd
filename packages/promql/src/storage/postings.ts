import { grown } from "./columns.ts"

/** Ids of series, rising. */
export type Ids = Uint32Array<ArrayBuffer>

/** The series that have a label's value. */
export class Postings {
  #ids = new Uint32Array(2)
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Valid until the next change. */
  get ids(): Ids {
    return this.#ids.subarray(0, this.#length)
  }

  add(id: number): void {
    this.#ids = grown(this.#ids, this.#length + 1)
    const at = indexFrom(this.ids, id)
    this.#ids.copyWithin(at + 1, at, this.#length)
    this.#ids[at] = id
    this.#length += 1
  }

  removeAll(gone: Ids): void {
    this.#ids = subtract(this.ids, gone)
    this.#length = this.#ids.length
  }
}

/** Index of the first id that is not below this one. */
function indexFrom(ids: Ids, id: number): number {
  if (ids.length === 0 || (ids[ids.length - 1] ?? 0) < id) return ids.length
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ids[middle] ?? 0) < id) low = middle + 1
    else high = middle
  }
  return low
}

export const intersect = (a: Ids, b: Ids): Ids => filterBy(a, b, true)

export const subtract = (a: Ids, b: Ids): Ids => filterBy(a, b, false)

/** Those of `a` that are in `b`, or that are not. */
function filterBy(a: Ids, b: Ids, wanted: boolean): Ids {
  const kept = new Uint32Array(a.length)
  let count = 0
  let other = 0
  for (const id of a) {
    while (other < b.length && (b[other] ?? 0) < id) other += 1
    if ((other < b.length && b[other] === id) !== wanted) continue
    kept[count] = id
    count += 1
  }
  return kept.slice(0, count)
}

/** All of disjoint lists. */
export function union(lists: readonly Ids[]): Ids {
  const [only] = lists
  if (lists.length === 1 && only !== undefined) return only
  const all = new Uint32Array(lists.reduce((total, list) => total + list.length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all.sort()
}
