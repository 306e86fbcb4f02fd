import type { KubeObject } from "./client.ts"
import { stringAt } from "./json.ts"
import { keyOf, type Store } from "./store/index.ts"

/** As the real server keeps them by default. */
const LIFETIME_MS = 60 * 60 * 1_000
const SWEEP_INTERVAL_MS = 60_000

/** Removes events some time after they were last seen. */
export function startEventExpiry(store: Store, clock: () => Date): { close(): void } {
  const timer = setInterval(() => removeExpiredEvents(store, clock()), SWEEP_INTERVAL_MS)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

export function removeExpiredEvents(store: Store, now: Date): void {
  const events = store.collection("events")
  for (const event of events.list())
    if (lastSeen(event) + LIFETIME_MS <= now.getTime())
      events.remove(keyOf(event.metadata.namespace, event.metadata.name ?? ""))
}

function lastSeen(event: KubeObject): number {
  const times = [
    event.metadata.creationTimestamp,
    stringAt(event, "lastTimestamp"),
    stringAt(event, "series", "lastObservedTime"),
    stringAt(event, "eventTime"),
  ]
  return Math.max(
    ...times.map((time) => (time === undefined ? 0 : Date.parse(time))).filter((time) => !Number.isNaN(time)),
  )
}
