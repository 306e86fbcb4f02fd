import { expect, it } from "vitest"
import { DriftMemory } from "./drift-memory.ts"

const id = "ConfigMap/test/a"
const drift = { paths: ["data.x"], who: "kubectl-edit" }
const minute = 60_000

it("corrects the same drift four times at once, and pauses from the fifth on, each time for longer", () => {
  const memory = new DriftMemory()
  const pauses: (number | undefined)[] = []
  let now = 0
  for (let round = 0; round < 7; round += 1) {
    expect(memory.waitMs(id, drift, now)).toBe(0)
    const { pausedUntil } = memory.note(id, drift, now)
    pauses.push(pausedUntil === undefined ? undefined : pausedUntil - now)
    now = pausedUntil ?? now + 1000
  }
  expect(pauses).toEqual([undefined, undefined, undefined, undefined, 30_000, 60_000, 120_000])
})

it("says how long to leave it alone", () => {
  const memory = new DriftMemory()
  for (let round = 0; round < 5; round += 1) memory.note(id, drift, 0)
  expect(memory.waitMs(id, drift, 10_000)).toBe(20_000)
  expect(memory.waitMs(id, { ...drift, paths: ["data.y"] }, 10_000)).toBe(0)
  expect(memory.waitMs("ConfigMap/test/b", drift, 10_000)).toBe(0)
})

it("pauses for ten minutes at most, and forgets after a quiet while", () => {
  const memory = new DriftMemory()
  let now = 0
  let longest = 0
  for (let round = 0; round < 20; round += 1) {
    const { pausedUntil = now } = memory.note(id, drift, now)
    longest = Math.max(longest, pausedUntil - now)
    now = pausedUntil
  }
  expect(longest).toBe(10 * minute)
  expect(memory.note(id, drift, now + 11 * minute)).toEqual({ count: 1 })
})

it("does not take drift now and then for a fight", () => {
  const memory = new DriftMemory()
  for (let day = 0; day < 20; day += 1) expect(memory.note(id, drift, day * 24 * 60 * minute)).toEqual({ count: 1 })
})
