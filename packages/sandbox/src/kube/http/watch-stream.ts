import { ApiError, type KubeObject, type WatchEvent } from "../client.ts"
import { statusOf } from "../errors.ts"
import type { Json } from "../json.ts"
import { groupVersion } from "../resources/index.ts"
import { type Machinery, type Target, watch, type Watch } from "../verbs/index.ts"
import type { WatchParameters } from "./query.ts"
import { type Exchange, setWarnings } from "./respond.ts"

/** Without a timeout from the client a watch ends after 30 to 60 minutes, so that load spreads again. */
const LONGEST_SECONDS = 1_800
const BOOKMARK_INTERVAL_MS = 60_000
/** A client that leaves more than this unread is disconnected; it lists or watches again from where it was. */
const UNREAD_LIMIT_BYTES = 64 * 1024 * 1024

/** Turns an object into what the client asked for, e.g. a Table. */
export type View = (object: KubeObject) => unknown

/** Answers with one JSON document a line until the client goes away, the time is up or the server stops. */
export function streamWatch(
  machinery: Machinery,
  target: Target,
  parameters: WatchParameters,
  view: View,
  contentType: string,
  exchange: Exchange,
  stop: AbortSignal,
): void {
  const { response } = exchange
  let scheduled = false
  const flushSoon = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(flush)
  }
  const started = startOrExpired(() => watch(machinery, target, parameters, flushSoon))
  setWarnings(response, exchange.warnings)
  response.writeHead(200, { "content-type": contentType, "cache-control": "no-cache, private" })
  response.flushHeaders()
  if (started instanceof ApiError) {
    // The stream has begun for the client: that it cannot go on is its first and last event.
    response.end(`${JSON.stringify({ type: "ERROR", object: statusOf(started) })}\n`)
    return
  }
  const watching: Watch = started

  const end = (): void => {
    watching.close()
    clearInterval(bookmarks)
    clearTimeout(timeout)
    stop.removeEventListener("abort", end)
    response.end()
  }
  function flush(): void {
    scheduled = false
    if (response.destroyed || response.writableEnded) return
    const events = watching.take()
    if (events.length > 0) response.write(events.map((event) => line(event, view)).join(""))
    if (response.writableLength > UNREAD_LIMIT_BYTES) response.destroy()
  }
  const bookmark = (initial: boolean): void => {
    flush()
    if (parameters.allowWatchBookmarks && !response.destroyed)
      response.write(bookmarkLine(target, machinery.store.revision, initial, view))
  }
  const seconds = parameters.timeoutSeconds ?? LONGEST_SECONDS * (1 + machinery.random())
  const timeout = setTimeout(() => {
    bookmark(false)
    end()
  }, seconds * 1_000)
  const bookmarks = setInterval(bookmark, BOOKMARK_INTERVAL_MS, false)
  stop.addEventListener("abort", end)
  response.on("close", end)
  if (parameters.sendInitialEvents === true) bookmark(true)
  else flush()
}

/** A forgotten revision is told in the stream, any other error instead of it. */
function startOrExpired(start: () => Watch): Watch | ApiError {
  try {
    return start()
  } catch (error) {
    if (error instanceof ApiError && error.code === 410) return error
    throw error
  }
}

function line(event: WatchEvent<KubeObject>, view: View): string {
  return `${JSON.stringify({ type: event.type, object: view(event.object) })}\n`
}

function bookmarkLine(target: Target, revision: number, initial: boolean, view: View): string {
  const object: KubeObject & Json = {
    kind: target.resource.kind,
    apiVersion: groupVersion(target.resource),
    metadata: {
      resourceVersion: String(revision),
      ...(initial ? { annotations: { "k8s.io/initial-events-end": "true" } } : {}),
    },
  }
  return `${JSON.stringify({ type: "BOOKMARK", object: view(object) })}\n`
}
