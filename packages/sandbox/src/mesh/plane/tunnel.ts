import type { Duplex } from "node:stream"

export interface TunnelEnds {
  /** Bytes passed from `a` to `b` and back, as they pass. */
  readonly onBytes: (direction: "forth" | "back", bytes: number) => void
  /** Both directions have ended. */
  readonly onClosed: () => void
}

/** Joins two byte streams until both have ended; one that breaks takes the other with it. Half-closing is passed on. */
export function tunnel(a: Duplex, b: Duplex, { onBytes, onClosed }: TunnelEnds): void {
  let open = 2
  for (const [from, to, direction] of [
    [a, b, "forth"],
    [b, a, "back"],
  ] as const) {
    const closed = (): void => {
      // Ended in order, the other side still has to flush; broken, it is of no use any more.
      if (!from.readableEnded || !from.writableFinished) to.destroy()
      if (--open === 0) onClosed()
    }
    from.allowHalfOpen = true
    from.on("data", (chunk: Buffer) => {
      onBytes(direction, chunk.length)
      if (!to.destroyed && !to.write(chunk)) from.pause()
    })
    to.on("drain", () => from.resume())
    from.on("end", () => to.end())
    // A broken connection is followed by its close.
    from.on("error", () => from.destroy())
    if (from.destroyed) closed()
    else from.once("close", closed)
    from.resume()
  }
}
