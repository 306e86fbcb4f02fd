import type { Drift, ObjectId } from "@serin/core"

/** The fifth time in this span is no accident. */
const spanMs = 10 * 60_000
const patience = 5
const firstPauseMs = 30_000
const maxPauseMs = 10 * 60_000

interface Remembered {
  readonly times: readonly number[]
  readonly pausedUntil: number
  readonly pauses: number
}

export interface Noted {
  /** How often the same drift was corrected lately, this one included. */
  readonly count: number
  /** Until then it is left alone (ms since the epoch); undefined: corrected at once next time too. */
  readonly pausedUntil?: number
}

/**
 * Remembers which drift was corrected when. Someone who changes the same fields again and again is a controller, not a
 * person: after five times correcting pauses, each time for longer, instead of two programs fighting at full speed.
 */
export class DriftMemory {
  readonly #remembered = new Map<string, Remembered>()

  /** Milliseconds for which this drift is still to be left alone. */
  waitMs(id: ObjectId, drift: Drift, now: number): number {
    return Math.max(0, (this.#remembered.get(keyOf(id, drift))?.pausedUntil ?? 0) - now)
  }

  /** Notes a correction. */
  note(id: ObjectId, drift: Drift, now: number): Noted {
    const key = keyOf(id, drift)
    const before = this.#remembered.get(key) ?? { times: [], pausedUntil: 0, pauses: 0 }
    const times = [...before.times.filter((at) => now - at < spanMs), now]
    const quiet = now - Math.max(before.pausedUntil, before.times.at(-1) ?? 0) > spanMs
    const pauses = quiet ? 0 : before.pauses
    if (times.length < patience && pauses === 0) {
      this.#remembered.set(key, { times, pausedUntil: 0, pauses: 0 })
      return { count: times.length }
    }
    const pausedUntil = now + Math.min(maxPauseMs, firstPauseMs * 2 ** pauses)
    this.#remembered.set(key, { times, pausedUntil, pauses: pauses + 1 })
    return { count: times.length, pausedUntil }
  }
}

function keyOf(id: ObjectId, drift: Drift): string {
  return `${id} ${drift.paths.join(" ")}`
}
