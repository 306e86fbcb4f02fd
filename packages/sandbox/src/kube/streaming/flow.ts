import type { Readable } from "node:stream"
import type { RawData, WebSocket } from "ws"

/** Above this many bytes on their way to the client, the sender waits. */
const highWater = 1 << 20
const lookAgainMs = 5

/** Hands each chunk of a stream to `send`, no faster than the client takes them. */
export function flow(websocket: WebSocket, stream: Readable, send: (chunk: Buffer) => void): void {
  stream.on("data", (chunk: Buffer) => {
    send(chunk)
    if (websocket.bufferedAmount <= highWater) return
    stream.pause()
    const timer = setInterval(() => {
      if (websocket.bufferedAmount > highWater / 2 && websocket.readyState === websocket.OPEN) return
      clearInterval(timer)
      stream.resume()
    }, lookAgainMs)
  })
}

export function toBuffer(message: RawData): Buffer {
  if (Buffer.isBuffer(message)) return message
  return Array.isArray(message) ? Buffer.concat(message) : Buffer.from(message)
}
