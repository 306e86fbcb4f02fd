import fc from "fast-check"
import { describe, expect, test } from "vitest"
import type { FloatHistogram } from "../../histogram/float-histogram.ts"
import { Labels } from "../../labels.ts"
import type { MemoryStorage, StoredValue } from "../memory-storage.ts"
import { isStale } from "../stale.ts"
import type { LogFile, LogFiles } from "./log-files.ts"
import { openLogged } from "./open-logged.ts"

/** A folder in memory. */
class Folder implements LogFiles {
  readonly files = new Map<string, Uint8Array>()
  /** The next bytes are written in half, and then there is no room. */
  full = false
  /** Nothing can be written at all. */
  refuses = false
  /** Files that nobody closed. */
  open = 0

  list = () => [...this.files.keys()]
  read = (name: string) => this.files.get(name)?.slice() ?? new Uint8Array()
  truncate(name: string, length: number): void {
    this.files.set(name, this.read(name).slice(0, length))
  }
  remove(name: string): void {
    this.files.delete(name)
  }
  create(name: string): LogFile {
    if (this.files.has(name)) throw new Error(`${name} is there already`)
    this.files.set(name, new Uint8Array())
    this.open += 1
    return {
      append: (bytes) => {
        if (this.refuses) throw new Error("no space left on device")
        const kept = this.full ? bytes.subarray(0, bytes.length / 2) : bytes
        this.files.set(name, Uint8Array.from([...this.read(name), ...kept]))
        if (!this.full) return
        this.full = false
        throw new Error("no space left on device")
      },
      sync: () => {
        if (this.refuses) throw new Error("no space left on device")
      },
      close: () => {
        this.open -= 1
      },
    }
  }
  copy(): Folder {
    const copy = new Folder()
    for (const [name, bytes] of this.files) copy.files.set(name, bytes)
    return copy
  }
}

const series = (index: number): Labels => Labels.from({ __name__: "a", index: String(index) })
const histogram: FloatHistogram = {
  schema: 3,
  zeroThreshold: 0.001,
  zeroCount: 2,
  count: 12.5,
  sum: 3.25,
  positive: { indexes: [-3, 1, 2], counts: [1, 4, 0.5] },
  negative: { indexes: [7], counts: [5] },
  customBounds: [],
  resetHint: "gauge",
}

/** All that it holds, comparable. */
function contents(storage: MemoryStorage): unknown[] {
  return storage.select([], Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY).map(({ labels, read }) => {
    const { times, values, histograms } = read()
    const value = (index: number): unknown =>
      histograms?.[index] ?? (isStale(values, index) ? "stale" : (values[index] ?? Number.NaN))
    return [labels.toString(), Array.from(times, (time, index) => [time, value(index)])]
  })
}

/** Three commits; answers the folder and what was there after each. */
function written(): { folder: Folder; after: unknown[][] } {
  const folder = new Folder()
  const { storage } = openLogged(folder)
  const after = [1000, 2000, 3000].map((time) => {
    for (let index = 0; index < 3; index += 1) storage.append(series(index + time / 1000), time, time + index / 4)
    storage.append(series(100), time, time === 2000 ? "stale" : histogram)
    storage.commit()
    return contents(storage)
  })
  return { folder, after }
}

const onlyFile = (folder: Folder): readonly [string, Uint8Array] => {
  const [file, ...others] = folder.files
  if (file === undefined || others.length > 0) throw new Error("not one file")
  return file
}

describe("what a log told is there again", () => {
  test("with labels, stale markers and histograms, when nobody closed it", () => {
    const { folder, after } = written()
    const { storage, recovery } = openLogged(folder)
    expect(contents(storage)).toEqual(after[2])
    expect(recovery).toEqual({ samples: 12, torn: 0, damaged: [] })
  })

  test("up to the last whole record, wherever the file ends, and it goes on from there", () => {
    const { folder, after } = written()
    const [name, bytes] = onlyFile(folder)
    const lengths = [0, 0, 0, 0]
    for (let end = 0; end <= bytes.length; end += 1) {
      const cut = folder.copy()
      cut.files.set(name, bytes.slice(0, end))
      const { storage, recovery } = openLogged(cut)
      const found = contents(storage)
      const commits = [[], ...after].findIndex((expected) => JSON.stringify(expected) === JSON.stringify(found))
      expect(commits, `cut at ${String(end)}`).toBeGreaterThanOrEqual(0)
      lengths[commits] = end
      expect(recovery.torn).toBe(end - cut.read(name).length)
      storage.append(series(7), 9000, 1)
      storage.close()
      const again = openLogged(cut)
      expect(again.recovery.torn).toBe(0)
      expect(contents(again.storage)).toEqual(contents(storage))
    }
    expect(lengths.at(-1)).toBe(bytes.length)
    expect(lengths).toEqual(lengths.toSorted((a, b) => a - b))
  })

  test("up to the last whole record, whichever byte of the last one is another", () => {
    const { folder, after } = written()
    const [name, bytes] = onlyFile(folder)
    const before = openLogged(folder.copy())
    expect(contents(before.storage)).toEqual(after[2])
    let begin = bytes.length
    for (let end = bytes.length - 1; begin === bytes.length; end -= 1) {
      const cut = folder.copy()
      cut.files.set(name, bytes.slice(0, end))
      if (openLogged(cut).recovery.torn === 0) begin = end
    }
    for (let at = begin; at < bytes.length; at += 1) {
      const broken = folder.copy()
      broken.files.set(
        name,
        bytes.map((byte, index) => (index === at ? byte ^ 0x10 : byte)),
      )
      expect(contents(openLogged(broken).storage), `byte ${String(at)}`).toEqual(after[1])
    }
  })

  test("whatever happened: appends, commits, retention, many segments, many openings", () => {
    const value = fc.oneof(
      fc.double({ noNaN: true }),
      fc.integer(),
      fc.constantFrom<StoredValue>("stale", Number.NaN, -0, histogram),
    )
    const step = fc.oneof(
      { weight: 8, arbitrary: fc.tuple(fc.constant("append" as const), fc.nat(5), fc.nat(500), value) },
      { weight: 3, arbitrary: fc.tuple(fc.constant("commit" as const)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant("retain" as const)) },
      { weight: 1, arbitrary: fc.tuple(fc.constant("open" as const)) },
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (actions) => {
        const folder = new Folder()
        const limits = { segmentBytes: 100, segmentSpan: 2000 }
        let { storage } = openLogged(folder, limits)
        let now = 0
        let oldest = Number.NEGATIVE_INFINITY
        for (const [action, index = 0, more = 0, value = 0] of actions) {
          now += more
          if (action === "append") storage.append(series(index), now, value)
          else if (action === "commit") storage.commit()
          else if (action === "retain") storage.retain((oldest = now - 1000))
          else {
            storage.commit()
            const expected = contents(storage)
            ;({ storage } = openLogged(folder, limits))
            storage.retain(oldest)
            expect(contents(storage)).toEqual(expected)
          }
        }
      }),
      { numRuns: 300 },
    )
  })
})

test("segments whose samples are all too old are removed", () => {
  const folder = new Folder()
  const { storage } = openLogged(folder, { segmentSpan: 1500 })
  for (let time = 0; time < 20_000; time += 1000) {
    storage.append(series(0), time, 1)
    storage.commit()
  }
  expect(folder.files.size).toBeGreaterThan(5)
  storage.retain(18_000)
  expect(folder.files.size).toBeLessThan(3)
  const { storage: again, recovery } = openLogged(folder)
  again.retain(18_000)
  expect(contents(again)).toEqual(contents(storage))
  expect(recovery.damaged).toEqual([])
})

test("a record that cannot be written is told, and what comes later is kept", () => {
  const folder = new Folder()
  const { storage } = openLogged(folder)
  storage.append(series(0), 1000, 1)
  storage.commit()
  folder.full = true
  storage.append(series(0), 2000, 2)
  expect(() => storage.commit()).toThrow("no space left on device")
  storage.append(series(0), 3000, 3)
  storage.commit()
  const { storage: again, recovery } = openLogged(folder)
  expect(contents(again)).toEqual([
    [
      'a{index="0"}',
      [
        [1000, 1],
        [3000, 3],
      ],
    ],
  ])
  expect(recovery.damaged).toEqual(["00000001.log"])
})

test("a disk that stays full gets no file more at each commit, and none stays open", () => {
  const folder = new Folder()
  const { storage } = openLogged(folder)
  storage.append(series(0), 1000, 1)
  storage.commit()
  folder.refuses = true
  for (let time = 2000; time < 5000; time += 1000) {
    storage.append(series(0), time, 2)
    expect(() => storage.commit()).toThrow("no space left on device")
  }
  expect([folder.files.size, folder.open]).toEqual([1, 0])
  folder.refuses = false
  storage.append(series(0), 5000, 5)
  storage.commit()
  const [[, samples]] = contents(openLogged(folder).storage) as [[string, [number, number][]]]
  expect(samples).toEqual([
    [1000, 1],
    [5000, 5],
  ])
})
