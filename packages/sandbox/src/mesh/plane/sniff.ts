import type { Duplex } from "node:stream"

export type Spoken = "http1" | "http2" | "other"

/**
 * What the client speaks, by its first bytes, which stay to be read. `limitMs`: how long to wait for them; a client
 * that says nothing waits for the server, which HTTP clients do not. Undefined: the connection ended before.
 */
export function sniff(socket: Duplex, limitMs: number | undefined, decided: (spoken: Spoken) => void): void {
  const timer = limitMs === undefined ? undefined : setTimeout(() => settle("other"), limitMs)
  const settle = (spoken: Spoken | undefined): void => {
    clearTimeout(timer)
    socket.off("data", onData).off("end", onGone).off("error", onGone).off("close", onGone)
    socket.pause()
    if (spoken) decided(spoken)
    else socket.destroy()
  }
  const onData = (chunk: Buffer): void => {
    socket.off("data", onData)
    socket.pause()
    socket.unshift(chunk)
    const text = chunk.toString("latin1", 0, 24)
    settle(text.startsWith("PRI * HTTP/2") ? "http2" : /^[A-Z]{1,20}( |$)/.test(text) ? "http1" : "other")
  }
  const onGone = (): void => settle(undefined)
  socket.on("data", onData).on("end", onGone).on("error", onGone).on("close", onGone)
  socket.resume()
}
