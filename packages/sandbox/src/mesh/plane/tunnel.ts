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
  const closed = (other: Duplex) => (): void => {
    other.destroy()
    if (--open === 0) onClosed()
  }
  for (const [from, to, direction] of [
    [a, b, "forth"],
    [b, a, "back"],
  ] as const) {
    from.on("data", (chunk: Buffer) => {
      onBytes(direction, chunk.length)
      if (!to.destroyed && !to.write(chunk)) from.pause()
    })
    to.on("drain", () => from.resume())
    from.on("end", () => to.end())
    // A broken connection is followed by its close.
    from.on("error", () => from.destroy())
    if (from.destroyed) closed(to)()
    else from.once("close", closed(to))
    from.resume()
  }
}
