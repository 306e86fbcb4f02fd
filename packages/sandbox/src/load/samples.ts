/** As many response times as hey keeps; further ones count, but do not enter the distribution. */
const maxKept = 1_000_000

/** Response times in seconds, four bytes each, with room made as they come. */
export class Samples {
  #values = new Float32Array(1024)
  #kept = 0

  add(seconds: number): void {
    if (this.#kept === maxKept) return
    if (this.#kept === this.#values.length) {
      const larger = new Float32Array(Math.min(maxKept, this.#values.length * 2))
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#kept++] = seconds
  }

  /** What is kept, in ascending order. */
  sorted(): Float32Array {
    return this.#values.slice(0, this.#kept).sort()
  }
}

/** Average, least and greatest of a time in seconds. */
export class Spread {
  count = 0
  total = 0
  least = Infinity
  greatest = 0

  add(seconds: number): void {
    this.count++
    this.total += seconds
    if (seconds < this.least) this.least = seconds
    if (seconds > this.greatest) this.greatest = seconds
  }

  get average(): number {
    return this.count === 0 ? 0 : this.total / this.count
  }

  get fastest(): number {
    return this.count === 0 ? 0 : this.least
  }
}
