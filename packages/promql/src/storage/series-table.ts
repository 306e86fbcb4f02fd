import { Labels } from "../labels.ts"
import { grown } from "./columns.ts"
import { LabelIndex, type Pair } from "./label-index.ts"
import { intersect, type Ids } from "./postings.ts"
import { SeriesOrder } from "./series-order.ts"

const maxLabels = 255

/** Series by their labels. A series is a number; numbers of series that are gone are given again. */
export class SeriesTable {
  readonly labels = new LabelIndex()
  /** Pairs' numbers of all series, one series' behind the other's; `#starts` and `#counts` say where. */
  #pairs = new Uint32Array(0)
  #used = 0
  #starts = new Uint32Array(0)
  #counts = new Uint8Array(0)
  /** Open addressing by the hash of pairs' numbers: id + 1, 0 for none. */
  #slots = new Uint32Array(16)
  #made = 0
  #free: number[] = []
  readonly #order = new SeriesOrder((a, b) => this.#compare(a, b))

  /** How many there are. */
  get size(): number {
    return this.#made - this.#free.length
  }

  /** The series with these labels, and whether it is new. */
  take(labels: Labels): { readonly id: number; readonly isNew: boolean } {
    const { pairs } = labels
    if (labels.place < this.#made && this.#has(labels.place, pairs)) return { id: labels.place, isNew: false }
    if (pairs.length > maxLabels) throw new RangeError(`a series has at most ${String(maxLabels)} labels`)
    const numbers: number[] = []
    for (const pair of pairs) numbers.push(this.labels.intern(pair))
    const slot = this.#slotOf(numbers)
    const found = this.#slots[slot] ?? 0
    if (found !== 0) {
      labels.place = found - 1
      return { id: labels.place, isNew: false }
    }
    const id = this.#free.pop() ?? this.#made
    this.#made = Math.max(this.#made, id + 1)
    this.#keep(id, numbers)
    this.#slots[slot] = id + 1
    for (const number of numbers) this.labels.postings(number).add(id)
    if (this.size * 2 > this.#slots.length) this.#rehash(this.#slots.length * 2)
    this.#order.add(id)
    labels.place = id
    return { id, isNew: true }
  }

  labelsOf(id: number): Labels {
    return Labels.sorted(Array.from(this.#numbers(id), (number) => this.labels.pair(number)))
  }

  /** Names of labels that any of these series has. */
  namesOf(ids: Ids): Set<string> {
    const numbers = new Set<number>()
    for (const id of ids) for (const number of this.#numbers(id)) numbers.add(number)
    return new Set(Array.from(numbers, (number) => this.labels.pair(number)[0]))
  }

  /** A label's values that any of these series has. */
  valuesOf(name: string, ids: Ids): Set<string> {
    const values = new Set<string>()
    for (const [value, number] of this.labels.values(name))
      if (intersect(this.labels.postings(number).ids, ids).length > 0) values.add(value)
    return values
  }

  /** All that there are. */
  ids(): Ids {
    const gone = new Set(this.#free)
    const ids = new Uint32Array(this.size)
    let count = 0
    for (let id = 0; id < this.#made; id += 1) {
      if (gone.has(id)) continue
      ids[count] = id
      count += 1
    }
    return ids
  }

  /** The same ids in the order of labels. */
  ordered(ids: Ids): Ids {
    return this.#order.sorted(ids)
  }

  /** Forgets these series, which rise. */
  remove(gone: Ids): void {
    if (gone.length === 0) return
    this.#order.remove(gone)
    const touched = new Set<number>()
    for (const id of gone) {
      for (const number of this.#numbers(id)) touched.add(number)
      this.#counts[id] = 0
      this.#free.push(id)
    }
    for (const number of touched) this.labels.remove(number, gone)
    this.#compact()
    this.#rehash(this.#slots.length)
  }

  #has(id: number, pairs: readonly Pair[]): boolean {
    const start = this.#starts[id] ?? 0
    const count = this.#counts[id] ?? 0
    // What is gone has none, and is no series without labels either.
    if (count !== pairs.length || count === 0) return false
    for (let index = 0; index < count; index += 1) {
      const [name, value] = this.labels.pair(this.#pairs[start + index] ?? 0)
      const pair = pairs[index]
      if (pair === undefined || pair[0] !== name || pair[1] !== value) return false
    }
    return true
  }

  #numbers(id: number): Uint32Array {
    const start = this.#starts[id] ?? 0
    return this.#pairs.subarray(start, start + (this.#counts[id] ?? 0))
  }

  #keep(id: number, numbers: readonly number[]): void {
    this.#starts = grown(this.#starts, id + 1)
    this.#counts = grown(this.#counts, id + 1)
    this.#pairs = grown(this.#pairs, this.#used + numbers.length)
    this.#pairs.set(numbers, this.#used)
    this.#starts[id] = this.#used
    this.#counts[id] = numbers.length
    this.#used += numbers.length
  }

  /** Closes the gaps that forgotten series left. */
  #compact(): void {
    const old = this.#pairs
    const ids = this.ids()
    const total = ids.reduce((sum, id) => sum + (this.#counts[id] ?? 0), 0)
    const pairs = new Uint32Array(total)
    let used = 0
    for (const id of ids) {
      const start = this.#starts[id] ?? 0
      const count = this.#counts[id] ?? 0
      pairs.set(old.subarray(start, start + count), used)
      this.#starts[id] = used
      used += count
    }
    this.#pairs = pairs
    this.#used = used
  }

  /** Where the series with these pairs is, or the empty slot where it belongs. */
  #slotOf(numbers: ArrayLike<number>): number {
    const mask = this.#slots.length - 1
    let slot = hashOf(numbers) & mask
    for (;;) {
      const found = this.#slots[slot] ?? 0
      if (found === 0 || same(this.#numbers(found - 1), numbers)) return slot
      slot = (slot + 1) & mask
    }
  }

  #rehash(length: number): void {
    this.#slots = new Uint32Array(length)
    for (const id of this.ids()) this.#slots[this.#slotOf(this.#numbers(id))] = id + 1
  }

  /** Label by label, name before value; of two that begin alike the shorter first. */
  #compare(a: number, b: number): number {
    const [ours, others] = [this.#numbers(a), this.#numbers(b)]
    const length = Math.min(ours.length, others.length)
    for (let index = 0; index < length; index += 1) {
      if (ours[index] === others[index]) continue
      const [name, value] = this.labels.pair(ours[index] ?? 0)
      const [otherName, otherValue] = this.labels.pair(others[index] ?? 0)
      if (name !== otherName) return name < otherName ? -1 : 1
      return value < otherValue ? -1 : 1
    }
    return ours.length - others.length
  }
}

function hashOf(numbers: ArrayLike<number>): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < numbers.length; index += 1) {
    hash = Math.imul(hash ^ (numbers[index] ?? 0), 0x9e3779b1)
    hash ^= hash >>> 15
  }
  return hash
}

function same(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index += 1) if (a[index] !== b[index]) return false
  return true
}
