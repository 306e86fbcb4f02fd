import { failureOf, unreachable, type KubeResult } from "./failure.ts"
import type { KubeObject, WatchEvent } from "./types.ts"

/** Reads the lines of a watch until the server ends it, it fails or the signal aborts. */
export async function readWatch<T extends KubeObject>(
  server: string,
  body: AsyncIterable<Buffer>,
  onEvent: (event: WatchEvent<T>) => void,
  signal: AbortSignal,
): Promise<KubeResult<void>> {
  let rest: Buffer[] = []
  try {
    for await (const chunk of body) {
      let begin = 0
      for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, begin)) {
        rest.push(chunk.subarray(begin, end))
        const line = Buffer.concat(rest).toString("utf8")
        rest = []
        begin = end + 1
        const event = JSON.parse(line) as WireEvent<T>
        if (event.type === "ERROR") {
          const code = typeof event.object === "object" && "code" in event.object ? Number(event.object.code) : 500
          return { ok: false, error: failureOf(code, event.object, undefined) }
        }
        if (signal.aborted) return { ok: true, value: undefined }
        onEvent(typed(event))
      }
      if (begin < chunk.length) rest.push(chunk.subarray(begin))
    }
    return { ok: true, value: undefined }
  } catch (error) {
    return signal.aborted ? { ok: true, value: undefined } : { ok: false, error: unreachable(server, error) }
  }
}

const newline = 0x0a

interface WireEvent<T> {
  readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK" | "ERROR"
  readonly object: T
}

function typed<T extends KubeObject>({ type, object }: WireEvent<T>): WatchEvent<T> {
  if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") return { type, object }
  return { type: "BOOKMARK", resourceVersion: object.metadata.resourceVersion ?? "" }
}
