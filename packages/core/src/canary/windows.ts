import type { Analysis } from "./spec.ts"

/** One check's interval of observation, in ms since the epoch. */
export interface Window {
  /** Counted from 1 since the weights were first live. */
  readonly index: number
  readonly from: number
  readonly to: number
}

/** Checks that decide together: enough good ones among them go on, too many bad ones roll back. */
export function windowSize(analysis: Analysis): number {
  return analysis.passes + analysis.failures
}

/** Disturbed intervals do not count, so more of them are looked at than decide; but not without end. */
export const LOOK_BACK = 3

/**
 * The checks that are due: check k covers `[live + warmup + (k-1)·interval, live + warmup + k·interval]` and is looked at
 * once `lag` has passed, so that its data is complete. A function of its arguments only, the newest last: whoever computes
 * it again, after a restart, gets the same.
 */
export function dueWindows(analysis: Analysis, liveAt: number, now: number): Window[] {
  const begin = liveAt + analysis.warmupMs
  const last = Math.floor((now - analysis.lagMs - begin) / analysis.intervalMs)
  const first = Math.max(1, last - LOOK_BACK * windowSize(analysis) + 1)
  const windows: Window[] = []
  for (let index = first; index <= last; index += 1) {
    const to = begin + index * analysis.intervalMs
    windows.push({ index, from: to - analysis.intervalMs, to })
  }
  return windows
}

/** When the next check is due. */
export function nextDue(analysis: Analysis, liveAt: number, now: number): number {
  const begin = liveAt + analysis.warmupMs + analysis.lagMs
  const done = Math.max(0, Math.floor((now - begin) / analysis.intervalMs))
  return begin + (done + 1) * analysis.intervalMs
}

/** Whether something disturbed the interval, so that it says nothing about the version. */
export function isDisturbed(window: Window, disturbed: readonly string[]): boolean {
  return disturbed.some((at) => {
    const time = Date.parse(at)
    return time >= window.from && time <= window.to
  })
}
