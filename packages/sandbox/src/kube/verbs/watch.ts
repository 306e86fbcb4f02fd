import type { ApiError, KubeObject, WatchEvent } from "../client.ts"
import { expired } from "../errors.ts"
import type { Change } from "../store/index.ts"
import { parseRevision } from "./revision.ts"
import type { Machinery, Target } from "./machinery.ts"
import { type Selection, selectionOf, type Selectors } from "./selection.ts"
import { fromStorage } from "./stored.ts"

export interface WatchQuery extends Selectors {
  /** Undefined or "0": the present objects first, as ADDED. */
  readonly resourceVersion?: string
  /** Whether the present objects come first; only then a watch begins with the state instead of a revision. */
  readonly sendInitialEvents?: boolean
}

export interface Watch {
  /** The events since the last call, in order. */
  take(): readonly WatchEvent<KubeObject>[]
  /** The revision of the present objects that came first; undefined if none did. */
  readonly initialRevision: number | undefined
  close(): void
}

/**
 * Starts to watch. `onReady` is called, inside the writer's call, when events are there after none were: it schedules and
 * returns. No event after the starting point is lost, repeated or out of order. Throws a 400 for selectors that do not
 * parse and a 410 for a revision that is forgotten.
 */
export function watch(machinery: Machinery, target: Target, query: WatchQuery, onReady: () => void): Watch {
  const selection = selectionOf(target, query)
  const collection = machinery.store.collection(target.resource.storage)
  const view = (object: KubeObject) => fromStorage(machinery.model, target.resource, object)
  const asked = parseRevision(query.resourceVersion)
  const fromState = query.sendInitialEvents ?? (asked === undefined || asked === 0)
  const start = fromState || asked === undefined || asked === 0 ? machinery.store.revision : asked
  let queue: WatchEvent<KubeObject>[] = []
  if (fromState) {
    for (const object of collection.list().map(view)) if (selection(object)) queue.push({ type: "ADDED", object })
  } else {
    const missed = collection.since(start)
    if (missed === undefined) throw tooOld(start, collection.compacted)
    for (const change of missed) push(change)
  }
  const unsubscribe = collection.subscribe((change) => {
    const empty = queue.length === 0
    push(change)
    if (empty && queue.length > 0) onReady()
  })

  function push(change: Change): void {
    const event = eventFor(change, selection, view)
    if (event !== undefined) queue.push(event)
  }

  return {
    take: () => {
      const events = queue
      queue = []
      return events
    },
    initialRevision: fromState ? start : undefined,
    close: unsubscribe,
  }
}

/** An object that begins to match comes into being for this watcher, one that no longer does is gone. */
function eventFor(
  change: Change,
  selection: Selection,
  view: (object: KubeObject) => KubeObject,
): WatchEvent<KubeObject> | undefined {
  const object = view(change.object)
  const was = change.previous !== undefined && selection(view(change.previous))
  const is = change.type !== "DELETED" && selection(object)
  if (is) return { type: was ? "MODIFIED" : "ADDED", object }
  if (!was) return undefined
  if (change.type === "DELETED" || change.previous === undefined) return { type: "DELETED", object }
  // What the watcher last saw, at the revision in which it left.
  const { resourceVersion } = object.metadata
  const last = view(change.previous)
  const metadata = resourceVersion === undefined ? last.metadata : { ...last.metadata, resourceVersion }
  return { type: "DELETED", object: { ...last, metadata } }
}

function tooOld(asked: number, oldest: number): ApiError {
  return expired(`too old resource version: ${asked} (${oldest})`)
}
