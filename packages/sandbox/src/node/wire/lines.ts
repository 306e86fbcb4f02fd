import type { Duplex, Readable } from "node:stream"

/** Longest line: the mesh snapshot of a large world is a few megabytes. */
const limit = 64 * 1024 * 1024

/**
 * Takes the first line off a stream and leaves the rest in it, unread. Undefined when the stream ends without one.
 * Rejects with the stream's error, or when the line is longer than 64 MiB.
 */
export function takeLine(stream: Readable): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    let size = 0
    const settle = (finish: () => void): void => {
      stream.off("readable", onReadable)
      stream.off("end", onEnd)
      stream.off("close", onEnd)
      stream.off("error", onError)
      finish()
    }
    const onEnd = (): void => settle(() => resolve(undefined))
    const onError = (error: Error): void => settle(() => reject(error))
    const onReadable = (): void => {
      for (let chunk = stream.read() as Buffer | null; chunk !== null; chunk = stream.read() as Buffer | null) {
        const end = chunk.indexOf(10)
        size += end < 0 ? chunk.length : end
        if (size > limit) return onError(new Error(`line longer than ${limit} bytes`))
        if (end < 0) {
          parts.push(chunk)
          continue
        }
        parts.push(chunk.subarray(0, end))
        const rest = chunk.subarray(end + 1)
        return settle(() => {
          if (rest.length > 0) stream.unshift(rest)
          resolve(Buffer.concat(parts).toString("utf8"))
        })
      }
    }
    stream.on("readable", onReadable)
    stream.on("end", onEnd)
    stream.on("close", onEnd)
    stream.on("error", onError)
  })
}

/** The next line as JSON. Both ends come from one build, so the shape is the sender's word. */
export async function takeJson<T>(stream: Readable): Promise<T | undefined> {
  const line = await takeLine(stream)
  return line === undefined ? undefined : (JSON.parse(line) as T)
}

export function sendJson(stream: Duplex, value: unknown): void {
  stream.write(JSON.stringify(value) + "\n")
}
