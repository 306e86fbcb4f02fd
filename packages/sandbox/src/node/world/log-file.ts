import { mkdir, open, rename, rm, type FileHandle } from "node:fs/promises"
import { dirname } from "node:path"
import type { Writable } from "node:stream"
import type { LogTarget } from "../node.ts"
import { sinkOf } from "../wire/sink.ts"
import { LogLines, nanoTime } from "./log-lines.ts"

/** Milliseconds since 1970, with the fraction that the machine's monotonic clock has. */
const now = (): number => performance.timeOrigin + performance.now()

/** A container's log: two streams into one file, which is begun anew when it has grown too large. */
export class LogFile {
  private work: Promise<void> = Promise.resolve()

  private constructor(
    private readonly target: LogTarget,
    private file: FileHandle,
    private bytes: number,
  ) {}

  static async open(target: LogTarget): Promise<LogFile> {
    await mkdir(dirname(target.path), { recursive: true })
    const file = await open(target.path, "a")
    return new LogFile(target, file, (await file.stat()).size)
  }

  /** Where one of the container's streams is piped to; it finishes when its last line is in the file. */
  sink(stream: "stdout" | "stderr"): Writable {
    const lines = new LogLines(stream)
    return sinkOf({
      write: (chunk) => this.append(lines.push(chunk, nanoTime(now()))),
      end: () => this.append(lines.end(nanoTime(now()))),
    })
  }

  async close(): Promise<void> {
    await this.work
    await this.file.close()
  }

  /** One write after the other, for a rotation may come between two. */
  private append(lines: Buffer): Promise<void> {
    const next = this.work.then(async () => {
      if (lines.length === 0) return
      if (this.bytes > 0 && this.bytes + lines.length > this.target.maxBytes) await this.rotate()
      await this.file.appendFile(lines)
      this.bytes += lines.length
    })
    // The failure is the caller's; the next write is tried all the same.
    this.work = next.catch(() => undefined)
    return next
  }

  private async rotate(): Promise<void> {
    const { path, maxFiles } = this.target
    await this.file.close()
    await rm(`${path}.${maxFiles - 1}`, { force: true })
    for (let age = maxFiles - 2; age >= 1; age--) await renameIfThere(`${path}.${age}`, `${path}.${age + 1}`)
    if (maxFiles > 1) await rename(path, `${path}.1`)
    else await rm(path)
    this.file = await open(path, "a")
    this.bytes = 0
  }
}

async function renameIfThere(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
  }
}
