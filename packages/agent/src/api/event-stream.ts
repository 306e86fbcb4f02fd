import type { ServerResponse } from "node:http"
import type { EventStream } from "../events/index.ts"
import type { Clock } from "../runtime/index.ts"
import type { AgentEvent } from "./types.ts"

const heartbeatMs = 15_000
/** A reader that lets this much pile up is cut off; it comes back with `since`. */
const maxBacklog = 1 << 20

/**
 * Server-sent events (HTML standard, "server-sent events") after `since`, then each new one. When older events than the ring
 * holds were asked for, the first message is `event: gap`: the reader takes the state anew.
 */
export function streamEvents(
  response: ServerResponse,
  events: EventStream,
  since: number | undefined,
  clock: Clock,
): void {
  response.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  })
  const write = (text: string): void => {
    response.write(text)
    if (response.writableLength > maxBacklog) response.destroy()
  }
  const send = (event: AgentEvent): void => write(`id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`)
  write(": serin\n\n")
  if (since !== undefined) {
    const missed = events.since(since)
    if (missed.gap && since !== 0) write("event: gap\ndata: {}\n\n")
    for (const event of missed.events) send(event)
  }
  const unsubscribe = events.subscribe(send)
  let cancel = clock.schedule(heartbeatMs, beat)
  function beat(): void {
    write(": still here\n\n")
    cancel = clock.schedule(heartbeatMs, beat)
  }
  response.on("close", () => {
    unsubscribe()
    cancel()
  })
}
