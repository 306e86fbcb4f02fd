import type { Duplex } from "node:stream"
import type { RawData, WebSocket } from "ws"
import type { NodeBackend, PodRef } from "../node-backend.ts"
import { flow, toBuffer } from "./flow.ts"
import { SpdyReader, SpdyWriter, type Frame } from "./spdy.ts"

/**
 * `kubectl port-forward`: SPDY streams inside of a WebSocket's binary messages. Each forwarded connection is a pair of streams
 * with one request id: `error`, on which a failure is told, and `data`.
 */
export function servePortForward(websocket: WebSocket, pod: PodRef, backend: NodeBackend): void {
  const writer = new SpdyWriter()
  const connections = new Map<number, Duplex | "opening">()
  /** Request id → its error stream. */
  const errorStreams = new Map<string, number>()
  /** What came before the pod's side was connected. */
  const early = new Map<number, { readonly chunk: Buffer; readonly last: boolean }[]>()
  const send = (frame: Buffer): void => {
    if (websocket.readyState === websocket.OPEN) websocket.send(frame)
  }

  const reader = new SpdyReader((frame) => take(frame))
  let replies: Promise<void> = Promise.resolve()
  const reply = (stream: number): void => {
    replies = replies.then(async () => send(await writer.reply(stream)))
    replies.catch(() => websocket.close(1011))
  }

  function take(frame: Frame): void {
    switch (frame.type) {
      case "open":
        return open(frame.stream, frame.headers)
      case "data":
        return data(frame.stream, frame.data, frame.last)
      case "reset": {
        const connection = connections.get(frame.stream)
        connections.delete(frame.stream)
        if (connection !== undefined && connection !== "opening") connection.destroy()
        return
      }
      case "ping":
        return send(writer.pong(frame.id))
      case "goaway":
        return websocket.close(1000)
    }
  }

  function open(stream: number, headers: Readonly<Record<string, string>>): void {
    const { streamtype = "", port = "", requestid = "" } = headers
    reply(stream)
    if (streamtype === "error") {
      errorStreams.set(requestid, stream)
      return
    }
    connections.set(stream, "opening")
    backend.portForward(pod, Number(port)).then(
      (connection) => connect(stream, requestid, connection),
      (error: unknown) => fail(stream, requestid, error instanceof Error ? error.message : String(error)),
    )
  }

  function connect(stream: number, requestId: string, connection: Duplex): void {
    if (!connections.has(stream)) {
      connection.destroy()
      return
    }
    connections.set(stream, connection)
    for (const { chunk, last } of early.get(stream) ?? []) data(stream, chunk, last)
    early.delete(stream)
    flow(websocket, connection, (chunk) => send(writer.data(stream, chunk, false)))
    connection.once("end", () => {
      send(writer.data(stream, Buffer.alloc(0), true))
      closeErrorStream(requestId)
    })
    connection.once("error", (error) => fail(stream, requestId, error.message))
  }

  function fail(stream: number, requestId: string, reason: string): void {
    const errorStream = errorStreams.get(requestId)
    if (errorStream !== undefined)
      send(writer.data(errorStream, Buffer.from(`error forwarding port to pod ${pod.name}: ${reason}`), true))
    errorStreams.delete(requestId)
    connections.delete(stream)
    early.delete(stream)
    send(writer.reset(stream))
  }

  function closeErrorStream(requestId: string): void {
    const errorStream = errorStreams.get(requestId)
    errorStreams.delete(requestId)
    if (errorStream !== undefined) send(writer.data(errorStream, Buffer.alloc(0), true))
  }

  function data(stream: number, chunk: Buffer, last: boolean): void {
    const connection = connections.get(stream)
    if (connection === undefined) return
    if (connection === "opening") {
      early.set(stream, [...(early.get(stream) ?? []), { chunk, last }])
      return
    }
    if (chunk.length > 0) connection.write(chunk)
    if (last) connection.end()
  }

  websocket.on("message", (message: RawData) => {
    reader.push(toBuffer(message)).catch(() => websocket.close(1002, "not SPDY"))
  })
  websocket.on("close", () => {
    for (const connection of connections.values()) if (connection !== "opening") connection.destroy()
    connections.clear()
    reader.close()
    writer.close()
  })
}
