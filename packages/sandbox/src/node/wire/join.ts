import type { Duplex } from "node:stream"

/** Two byte streams made one: each side's end is passed on, and one that breaks takes the other with it. */
export function join(one: Duplex, other: Duplex): void {
  const follow = (from: Duplex, to: Duplex): void => {
    from.pipe(to)
    // The error itself says nothing that the close does not.
    from.on("error", () => to.destroy())
    from.on("close", () => {
      if (from.readableEnded && !to.writableFinished) to.once("finish", () => to.destroy())
      else to.destroy()
    })
  }
  follow(one, other)
  follow(other, one)
}
