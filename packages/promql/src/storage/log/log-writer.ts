import type { Labels } from "../../labels.ts"
import { grown } from "../columns.ts"
import type { Journal, StoredValue } from "../memory-storage.ts"
import type { Ids } from "../postings.ts"
import { BatchWriter } from "./batch.ts"
import type { LogFile, LogFiles } from "./log-files.ts"
import { framed, segmentName, signature } from "./segment.ts"

export interface LogLimits {
  /** A segment ends at the first commit with which it has more bytes. */
  readonly segmentBytes: number
  /** Or the first with which its samples are further apart, in milliseconds. */
  readonly segmentSpan: number
}

/** A segment that is complete. */
export interface Segment {
  readonly number: number
  /** Of its newest sample. */
  readonly newest: number
}

/** Bytes of samples after which they are written without being told to. */
const batchBytes = 1 << 20

/**
 * Writes what is stored behind each other into segments, each of which can be read alone: it tells of a series again before its
 * first sample. So what is not retained goes segment by segment, and nothing is ever rewritten.
 *
 * What is committed outlives a `kill -9`: it is the system's. A segment is synced to the disk when it ends; should the machine
 * lose its power, the last segment may be lost in part, and its records tell by their checksums where that begins.
 */
export class LogWriter implements Journal {
  readonly #files: LogFiles
  readonly #limits: LogLimits
  readonly #batch = new BatchWriter()
  /** Complete ones, oldest first. */
  #segments: readonly Segment[]
  #next: number
  #file: LogFile | undefined
  #bytes = 0
  #oldest = Number.POSITIVE_INFINITY
  #newest = Number.NEGATIVE_INFINITY
  /** By series' ids: their numbers in the open segment + 1; 0 for one that it has not told of. */
  #numbers = new Uint32Array(0)
  #count = 0

  /** Goes on behind these segments; the next one gets the number `next`. */
  constructor(files: LogFiles, limits: LogLimits, segments: readonly Segment[], next: number) {
    this.#files = files
    this.#limits = limits
    this.#segments = segments
    this.#next = next
  }

  sample(id: number, labels: Labels, time: number, value: StoredValue): void {
    this.#numbers = grown(this.#numbers, id + 1)
    let number = (this.#numbers[id] ?? 0) - 1
    if (number < 0) {
      number = this.#count
      this.#count += 1
      this.#numbers[id] = number + 1
      this.#batch.addSeries(labels)
    }
    this.#batch.addSample(number, time, value)
    this.#oldest = Math.min(this.#oldest, time)
    this.#newest = Math.max(this.#newest, time)
    if (this.#batch.length > batchBytes) this.#write()
  }

  /** Throws what the files throw; then what was not written is lost to the log, which goes on with a new segment. */
  commit(): void {
    this.#write()
    if (this.#bytes > this.#limits.segmentBytes || this.#newest - this.#oldest > this.#limits.segmentSpan) this.#end()
  }

  retain(time: number, gone: Ids): void {
    for (const id of gone) if (id < this.#numbers.length) this.#numbers[id] = 0
    for (const { number } of this.#segments.filter(({ newest }) => newest < time))
      this.#files.remove(segmentName(number))
    this.#segments = this.#segments.filter(({ newest }) => newest >= time)
  }

  close(): void {
    this.#write()
    this.#end()
  }

  #write(): void {
    const record = this.#batch.take()
    if (record === undefined) return
    try {
      this.#file ??= this.#begin()
      const bytes = framed(record)
      this.#file.append(bytes)
      this.#bytes += bytes.length
    } catch (error) {
      // A record may be there in part; nothing behind it would be read again.
      this.#end()
      throw error
    }
  }

  #begin(): LogFile {
    const name = segmentName(this.#next)
    const file = this.#files.create(name)
    try {
      file.append(signature)
    } catch (error) {
      // The next commit tries again: a disk that stays full gets no more files by that.
      file.close()
      this.#files.remove(name)
      throw error
    }
    this.#next += 1
    return file
  }

  #end(): void {
    const file = this.#file
    this.#file = undefined
    if (file !== undefined) this.#segments = [...this.#segments, { number: this.#next - 1, newest: this.#newest }]
    this.#bytes = 0
    this.#oldest = Number.POSITIVE_INFINITY
    this.#newest = Number.NEGATIVE_INFINITY
    this.#numbers.fill(0)
    this.#count = 0
    try {
      file?.sync()
    } finally {
      file?.close()
    }
  }
}
