import { Samples, Spread } from "./samples.ts"

/** The parts of one answered request, in seconds. */
interface Timing {
  /** 0 where a connection was used again. */
  readonly dns: number
  /** Name look-up and connection together. */
  readonly dial: number
  readonly write: number
  /** From the request's last byte to the first of the answer. */
  readonly wait: number
  readonly read: number
  readonly total: number
}

export interface Answered extends Timing {
  readonly status: number
  /** Of the body. */
  readonly bytes: number
}

/** Everything that a summary needs, kept up while a run goes on. */
export class Results {
  readonly latencies = new Samples()
  readonly total = new Spread()
  readonly dial = new Spread()
  readonly dns = new Spread()
  readonly write = new Spread()
  readonly wait = new Spread()
  readonly read = new Spread()
  readonly statuses = new Map<number, number>()
  readonly errors = new Map<string, number>()
  bytes = 0

  answered(answer: Answered): void {
    this.latencies.add(answer.total)
    for (const part of ["total", "dial", "dns", "write", "wait", "read"] as const) this[part].add(answer[part])
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1)
    this.bytes += answer.bytes
  }

  failed(message: string): void {
    this.errors.set(message, (this.errors.get(message) ?? 0) + 1)
  }

  get requests(): number {
    let failures = 0
    for (const count of this.errors.values()) failures += count
    return this.total.count + failures
  }
}

export interface Bucket {
  /** Upper bound in seconds. */
  readonly mark: number
  readonly count: number
}

/** Ten equal steps from the fastest to the slowest; `sorted` ascending. The first bucket is the fastest alone. */
export function histogram(sorted: Float32Array): Bucket[] {
  const fastest = sorted[0]
  const slowest = sorted.at(-1)
  if (fastest === undefined || slowest === undefined) return []
  const step = (slowest - fastest) / 10
  const marks = Array.from({ length: 11 }, (_, i) => (i === 10 ? slowest : fastest + i * step))
  const counts = marks.map(() => 0)
  let at = 0
  for (const value of sorted) {
    while (at < 10 && value > (marks[at] ?? 0)) at++
    counts[at] = (counts[at] ?? 0) + 1
  }
  return marks.map((mark, i) => ({ mark, count: counts[i] ?? 0 }))
}

/** The value that `percent` of the sorted ones do not exceed (nearest rank). */
export function percentile(sorted: Float32Array, percent: number): number {
  return sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? 0
}
