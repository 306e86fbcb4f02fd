import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { parseLine } from "../../kubelet/logs/cri-line.ts"
import { LogLines, nanoTime } from "./log-lines.ts"

const time = "2026-01-02T03:04:05.000000006Z"

/** What a reader of the log gets back. */
function read(log: Buffer): Buffer {
  const parts: Buffer[] = []
  for (let start = 0, end = log.indexOf(10); end >= 0; start = end + 1, end = log.indexOf(10, start)) {
    const line = parseLine(log.subarray(start, end))
    if (line === undefined) throw new Error("not a line of a log")
    parts.push(line.text, Buffer.from(line.isPart ? "" : "\n"))
  }
  return Buffer.concat(parts)
}

describe("lines of a log", () => {
  it("give back what was written, however it came, with a newline at the end", () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom("\n", "\n\n", "x".repeat(40_000)),
      fc.uint8Array().map((bytes) => Buffer.from(bytes).toString("latin1")),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const lines = new LogLines("stdout")
        const chunks = pieces.map((text) => Buffer.from(text))
        const log = Buffer.concat([...chunks.map((chunk) => lines.push(chunk, time)), lines.end(time)])
        const written = Buffer.concat(chunks)
        const missesEnd = written.length > 0 && written[written.length - 1] !== 10
        expect(read(log).equals(missesEnd ? Buffer.concat([written, Buffer.from("\n")]) : written)).toBe(true)
      }),
    )
  })

  it("mark the parts of a line that is too long", () => {
    const log = new LogLines("stderr").push(Buffer.from(`${"y".repeat(20_000)}\n`), time)
    const [first = "", second = ""] = log.toString().split("\n")
    expect(first).toBe(`${time} stderr P ${"y".repeat(16_384)}`)
    expect(second).toBe(`${time} stderr F ${"y".repeat(20_000 - 16_384)}`)
  })

  it("carry times to the nanosecond", () => {
    expect(nanoTime(Date.parse("2026-01-02T03:04:05.678Z") + 0.5)).toBe("2026-01-02T03:04:05.678500000Z")
  })
})
