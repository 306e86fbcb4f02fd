import type { Labels } from "../../labels.ts"
import { MemoryStorage } from "../memory-storage.ts"
import { readBatch } from "./batch.ts"
import type { LogFiles } from "./log-files.ts"
import { LogWriter, type LogLimits, type Segment } from "./log-writer.ts"
import { readSegment, segmentName, segmentNumber } from "./segment.ts"

/** What was found when a log was opened. */
export interface Recovery {
  readonly samples: number
  /** Bytes at the end of the last segment that were no whole record, and are cut off: what a process was killed at. */
  readonly torn: number
  /** Segments before the last with something in them that is no record. What follows it in them is not read. */
  readonly damaged: readonly string[]
}

export interface Logged {
  readonly storage: MemoryStorage
  readonly recovery: Recovery
}

const limits: LogLimits = { segmentBytes: 16 << 20, segmentSpan: 30 * 60_000 }

/** A storage with what its log tells, and which from now on keeps that log. Throws what the files throw. */
export function openLogged(files: LogFiles, options: Partial<LogLimits> = {}): Logged {
  const storage = new MemoryStorage()
  const numbers = files
    .list()
    .flatMap((name) => segmentNumber(name) ?? [])
    .sort((a, b) => a - b)
  const segments: Segment[] = []
  const damaged: string[] = []
  let samples = 0
  let torn = 0
  for (const number of numbers) {
    const name = segmentName(number)
    const bytes = files.read(name)
    const { records, good } = readSegment(bytes)
    const series: Labels[] = []
    let newest = Number.NEGATIVE_INFINITY
    for (const record of records) {
      readBatch(record, series, (labels, time, value) => {
        storage.append(labels, time, value)
        newest = Math.max(newest, time)
        samples += 1
      })
    }
    if (good < bytes.length && number === numbers.at(-1)) {
      torn = bytes.length - good
      files.truncate(name, good)
    } else if (good < bytes.length) damaged.push(name)
    segments.push({ number, newest })
  }
  storage.keep(new LogWriter(files, { ...limits, ...options }, segments, (numbers.at(-1) ?? 0) + 1))
  return { storage, recovery: { samples, torn, damaged } }
}
