/** Time as the agent sees it, passed in so that tests decide what it is. */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number
  /** Calls `run` once, `ms` from now; the returned function calls it off. */
  schedule(ms: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => Date.now(),
  schedule(ms, run) {
    // setTimeout overflows beyond 2^31-1 ms and would fire at once.
    const timer = setTimeout(run, Math.min(Math.max(ms, 0), 0x7fffffff))
    return () => clearTimeout(timer)
  },
}

/** Resolves after `ms`, or at once when the signal aborts; the caller looks at the signal. */
export function pause(clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const finish = () => {
      cancel()
      signal?.removeEventListener("abort", finish)
      resolve()
    }
    const cancel = clock.schedule(ms, finish)
    signal?.addEventListener("abort", finish, { once: true })
  })
}
