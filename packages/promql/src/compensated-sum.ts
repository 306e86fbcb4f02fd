/** A sum with Neumaier's compensation: what rounding loses is kept apart and added once at the end. */
export class CompensatedSum {
  #sum: number
  #lost: number

  constructor(start = 0, lostBefore = 0) {
    this.#sum = start
    this.#lost = lostBefore
  }

  add(value: number): void {
    const next = this.#sum + value
    this.#lost = lost(this.#sum, value, next, this.#lost)
    this.#sum = next
  }

  get value(): number {
    return this.#sum + this.#lost
  }

  /** Another sum, of all that was added times a factor and the like. */
  mapped(change: (value: number) => number): CompensatedSum {
    return new CompensatedSum(change(this.#sum), change(this.#lost))
  }
}

/** What is lost in all once `value` was added to `sum` with the rounded result `next`; nothing where that is infinite. */
export function lost(sum: number, value: number, next: number, before: number): number {
  if (next === Number.POSITIVE_INFINITY || next === Number.NEGATIVE_INFINITY) return 0
  return before + (Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum)
}
