import { setTimeout as sleep } from "node:timers/promises"
import type { LoadOptions } from "./options.ts"
import { Schedule } from "./pace.ts"
import { RequestFailure, Requester } from "./requester.ts"
import { Results, type Answered } from "./results.ts"

export interface LoadRun {
  /** Resolves when all workers have ended: everything sent, the time over, or stopped. */
  readonly done: Promise<{ readonly results: Results; readonly seconds: number }>
  /** No further request; those under way are still waited for. */
  stop(): void
}

/** Starts the workers. `onAnswer` gets each answer with its start in seconds since the run's. */
export function startLoad(options: LoadOptions, onAnswer?: (answer: Answered, offset: number) => void): LoadRun {
  const started = performance.now()
  const stopped = new AbortController()
  const results = new Results()
  const since = (at: number): number => (at - started) / 1000

  const worker = async (): Promise<void> => {
    const requester = new Requester(options)
    const schedule = options.rate === undefined ? undefined : new Schedule(options.rate, started)
    const total = Math.floor(options.requests / options.workers)
    for (let sent = 0; sent < total && !stopped.signal.aborted; sent++) {
      if (schedule && !(await waited(schedule, stopped.signal))) break
      const at = performance.now()
      try {
        const answer = await requester.send()
        results.answered(answer)
        onAnswer?.(answer, since(at))
      } catch (error) {
        if (!(error instanceof RequestFailure)) throw error
        results.failed(error.message)
      }
    }
    requester.close()
  }

  const timer = options.durationMs === undefined ? undefined : setTimeout(() => stopped.abort(), options.durationMs)
  const done = Promise.all(Array.from({ length: options.workers }, worker)).then(() => {
    clearTimeout(timer)
    return { results, seconds: since(performance.now()) }
  })
  return { done, stop: () => stopped.abort() }
}

/** Waits until the next request is due; false when the run was stopped meanwhile. */
async function waited(schedule: Schedule, signal: AbortSignal): Promise<boolean> {
  const now = performance.now()
  const delay = schedule.take(now) - now
  if (delay <= 0) return !signal.aborted
  return sleep(delay, true, { signal }).catch((error: unknown) => {
    if (signal.aborted) return false
    throw error
  })
}
