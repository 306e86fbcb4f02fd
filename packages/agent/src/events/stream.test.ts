import { describe, expect, it } from "vitest"
import { ManualClock } from "../runtime/index.ts"
import { EventStream } from "./stream.ts"

const event = (message: string) => ({ kind: "sync", message, severity: "info" as const })

describe("EventStream", () => {
  it("numbers events, stamps them and hands them to subscribers in order", () => {
    const clock = new ManualClock(Date.UTC(2026, 0, 1))
    const stream = new EventStream({ clock })
    const seen: string[] = []
    const end = stream.subscribe((got) => seen.push(got.message))
    const first = stream.emit(event("one"))
    const second = stream.emit(event("two"))
    end()
    stream.emit(event("three"))
    expect(second.seq).toBe(first.seq + 1)
    expect(first.at).toBe("2026-01-01T00:00:00.000Z")
    expect(seen).toEqual(["one", "two"])
  })

  it("gives a reader that comes back what it missed, and says when that is gone", () => {
    const stream = new EventStream({ clock: new ManualClock(), size: 2 })
    const start = stream.seq
    expect(stream.since(start)).toEqual({ events: [], gap: false })
    for (const message of ["one", "two", "three"]) stream.emit(event(message))
    expect(stream.since(start + 1)).toMatchObject({ gap: false, events: [{ message: "two" }, { message: "three" }] })
    expect(stream.since(start)).toMatchObject({ gap: true })
  })

  it("tells a reader from before a restart that there is a gap", async () => {
    const clock = new ManualClock()
    const before = new EventStream({ clock })
    const last = before.emit(event("old")).seq
    await clock.advance(5)
    const after = new EventStream({ clock })
    after.emit(event("new"))
    expect(after.since(last)).toMatchObject({ gap: true, events: [{ message: "new" }] })
  })
})
