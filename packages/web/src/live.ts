import type { AgentEvent, Graph, HistoryEntry, State } from "@serin/agent/api"
import { useEffect, useState } from "react"
import { ApiFailure, get, readEvents } from "./api.ts"

export interface Live {
  readonly state?: State
  readonly history: readonly HistoryEntry[]
  readonly graph?: Graph
  /** Newest first. */
  readonly events: readonly AgentEvent[]
  /** Since when what is shown may be old; absent while the stream stands. */
  readonly staleSince?: number
  readonly failure?: string
  readonly signedOut: boolean
}

const keptEvents = 200
const graphInterval = 5_000

/** Everything the page shows, kept up to date by one event stream: an event says that something changed, then it is read again. */
export function useLive(token: string): Live {
  const [live, setLive] = useState<Live>({ history: [], events: [], signedOut: false })
  useEffect(() => {
    const stop = new AbortController()
    void follow(token, stop.signal, setLive)
    const timer = setInterval(() => {
      get<Graph>(token, "/api/v1/graph").then(
        (graph) => setLive((old) => ({ ...old, graph })),
        (error: unknown) => setLive((old) => ({ ...old, failure: sentence(error) })),
      )
    }, graphInterval)
    return () => {
      stop.abort()
      clearInterval(timer)
    }
  }, [token])
  return live
}

type Update = (change: (old: Live) => Live) => void

async function follow(token: string, signal: AbortSignal, update: Update): Promise<void> {
  let seq = 0
  while (!signal.aborted) {
    try {
      const refresh = async (): Promise<void> => {
        const [state, history] = await Promise.all([
          get<State>(token, "/api/v1/state"),
          get<HistoryEntry[]>(token, "/api/v1/history?limit=50"),
        ])
        update(({ staleSince: _stale, failure: _failure, ...old }) => ({ ...old, state, history }))
        seq = Math.max(seq, state.seq)
      }
      const since = seq
      await refresh()
      let queued = false
      await readEvents(
        token,
        since,
        (event) => {
          update((old) => ({ ...old, events: [event, ...old.events].slice(0, keptEvents) }))
          seq = event.seq
          if (queued) return
          // Many events in a row are one refresh.
          queued = true
          setTimeout(() => {
            queued = false
            refresh().catch((error: unknown) => update((old) => ({ ...old, failure: sentence(error) })))
          }, 100)
        },
        signal,
      )
      update((old) => ({ ...old, staleSince: Date.now() }))
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof ApiFailure && error.status === 401)
        return update((old) => ({ ...old, signedOut: true, failure: sentence(error) }))
      update((old) => ({ ...old, staleSince: Date.now(), failure: sentence(error) }))
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000))
  }
}

const sentence = (error: unknown): string =>
  error instanceof ApiFailure
    ? `${error.message} ${error.next}`
    : error instanceof Error
      ? error.message
      : String(error)
