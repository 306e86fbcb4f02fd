import { watch, type FSWatcher } from "node:fs"
import { open, stat, type FileHandle } from "node:fs/promises"
import { Readable } from "node:stream"
import type { LogOptions } from "../../kube/index.ts"
import { parseLine, type LogLine } from "./cri-line.ts"

export type ReadOptions = Pick<
  LogOptions,
  "follow" | "timestamps" | "tailLines" | "sinceSeconds" | "sinceTime" | "limitBytes"
>

export interface LogSource {
  readonly path: string
  /** Whether more may come. */
  readonly isLive: () => boolean
  readonly now: () => number
}

/** For file systems whose watches miss changes, and for the end of the container. */
const lookAgain = 250
const newline = 10

/** A container's log as `kubectl logs` shows it; with `follow` until the container ends or the signal aborts. */
export function readLog(source: LogSource, options: ReadOptions, signal: AbortSignal): Readable {
  return Readable.from(limited(text(source, options, signal), options.limitBytes), { objectMode: false })
}

async function* text(source: LogSource, options: ReadOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await GrowingFile.open(source.path)
  const since = sinceOf(options, source.now())
  try {
    // Asked before reading: what had ended by then is read to its end.
    let isLive = source.isLive()
    const present = (await file.more()).filter(({ time }) => since === undefined || Date.parse(time) >= since)
    for (const line of tail(present, options.tailLines)) yield shown(line, options.timestamps)
    while (options.follow && isLive && !signal.aborted) {
      await file.change(signal)
      isLive = source.isLive()
      for (const line of await file.more()) yield shown(line, options.timestamps)
    }
  } finally {
    await file.close()
  }
}

/** Milliseconds since 1970 before which nothing is shown. */
function sinceOf({ sinceSeconds, sinceTime }: ReadOptions, now: number): number | undefined {
  if (sinceSeconds !== undefined) return now - sinceSeconds * 1000
  return sinceTime === undefined ? undefined : Date.parse(sinceTime)
}

/** The last lines; parts of one line count as one. */
function tail(lines: readonly LogLine[], count: number | undefined): readonly LogLine[] {
  if (count === undefined) return lines
  let left = count
  let start = lines.length
  while (start > 0) {
    const line = lines[start - 1]
    if (line?.isPart === false && left-- === 0) break
    start -= 1
  }
  return lines.slice(start)
}

function shown({ time, text: content, isPart }: LogLine, timestamps: boolean): Buffer {
  const end = isPart ? "" : "\n"
  return Buffer.concat([Buffer.from(timestamps ? `${time} ` : ""), content, Buffer.from(end)])
}

async function* limited(chunks: AsyncIterable<Buffer>, limit: number | undefined): AsyncGenerator<Buffer> {
  let left = limit ?? Number.POSITIVE_INFINITY
  for await (const chunk of chunks) {
    yield chunk.subarray(0, left)
    left -= chunk.length
    if (left <= 0) return
  }
}

/** A log that is written while it is read, and begun anew under the same name when it has grown too large. */
class GrowingFile {
  private held = Buffer.alloc(0)
  private changed = false
  private wake: (() => void) | undefined

  private constructor(
    private readonly path: string,
    private file: FileHandle,
    private readonly watcher: FSWatcher,
  ) {
    watcher.on("change", () => {
      this.changed = true
      this.wake?.()
    })
    // The pod is gone with its logs: the next look tells.
    watcher.on("error", () => watcher.close())
  }

  static async open(path: string): Promise<GrowingFile> {
    return new GrowingFile(path, await open(path, "r"), watch(path))
  }

  /** The whole lines that have come since the last call. */
  async more(): Promise<readonly LogLine[]> {
    this.changed = false
    const rest = await this.read()
    // Rotated: the old file is read to its end, then the new one from its start.
    if (!(await this.isCurrent())) {
      await this.file.close()
      this.file = await open(this.path, "r")
      return [...rest, ...(await this.read())]
    }
    return rest
  }

  /** Resolves when the file has changed, the signal aborts, or it is time to look anyway. */
  change(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer)
        signal.removeEventListener("abort", settle)
        this.wake = undefined
        resolve()
      }
      const timer = setTimeout(settle, lookAgain)
      if (this.changed || signal.aborted) return settle()
      signal.addEventListener("abort", settle)
      this.wake = settle
    })
  }

  async close(): Promise<void> {
    this.watcher.close()
    await this.file.close()
  }

  private async read(): Promise<readonly LogLine[]> {
    const chunks = [this.held]
    for (;;) {
      const { buffer, bytesRead } = await this.file.read(Buffer.alloc(256 * 1024))
      if (bytesRead === 0) break
      chunks.push(buffer.subarray(0, bytesRead))
    }
    const whole = Buffer.concat(chunks)
    const lines: LogLine[] = []
    let start = 0
    for (let end = whole.indexOf(newline); end >= 0; end = whole.indexOf(newline, start)) {
      const line = parseLine(whole.subarray(start, end))
      if (line !== undefined) lines.push(line)
      start = end + 1
    }
    this.held = Buffer.from(whole.subarray(start))
    return lines
  }

  private async isCurrent(): Promise<boolean> {
    const [mine, named] = await Promise.all([this.file.stat(), stat(this.path).catch(() => undefined)])
    // Removed without a successor: there is nothing newer to read.
    return named === undefined || named.ino === mine.ino
  }
}
