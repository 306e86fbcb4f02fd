/** A line longer than this is cut into parts, as containerd does. */
const longest = 16 * 1024

const newline = 10

/** `2026-01-02T03:04:05.000000006Z`, from milliseconds since 1970 (with a fraction). */
export function nanoTime(milliseconds: number): string {
  const whole = Math.floor(milliseconds)
  const nanos = Math.floor((milliseconds - whole) * 1e6)
  return new Date(whole).toISOString().slice(0, -1) + String(nanos).padStart(6, "0") + "Z"
}

/**
 * Cuts one stream of a container into the lines of a CRI log: time, stream, `F` for a full line or `P` for a part of
 * one, text. What has no end yet is held until more comes or `end`.
 */
export class LogLines {
  private held: Buffer[] = []
  private heldBytes = 0

  constructor(private readonly stream: "stdout" | "stderr") {}

  push(chunk: Buffer, time: string): Buffer {
    const out: Buffer[] = []
    let start = 0
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      this.hold(chunk.subarray(start, end), time, out)
      out.push(this.take("F", time))
      start = end + 1
    }
    if (start < chunk.length) this.hold(chunk.subarray(start), time, out)
    return Buffer.concat(out)
  }

  /** The last line, when the program did not end it. */
  end(time: string): Buffer {
    return this.heldBytes === 0 ? Buffer.alloc(0) : this.take("F", time)
  }

  private hold(piece: Buffer, time: string, out: Buffer[]): void {
    let rest = piece
    while (this.heldBytes + rest.length > longest) {
      const room = longest - this.heldBytes
      this.keep(rest.subarray(0, room))
      out.push(this.take("P", time))
      rest = rest.subarray(room)
    }
    this.keep(rest)
  }

  private keep(piece: Buffer): void {
    // Copied: the buffer belongs to the stream it came from.
    this.held.push(Buffer.from(piece))
    this.heldBytes += piece.length
  }

  private take(tag: "F" | "P", time: string): Buffer {
    const line = Buffer.concat([Buffer.from(`${time} ${this.stream} ${tag} `), ...this.held, Buffer.from("\n")])
    this.held = []
    this.heldBytes = 0
    return line
  }
}
