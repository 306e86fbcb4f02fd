import { expect, test } from "vitest"
import { RateLimit } from "./rate-limit.ts"

const limits = { each: { burst: 3, perSecond: 1 }, all: { burst: 5, perSecond: 2 } }

test("a caller may call at once a few times, then as often as tokens come back", () => {
  const limit = new RateLimit(limits, 0)
  expect([0, 0, 0, 0].map((at) => limit.admits("a", at))).toEqual([true, true, true, false])
  expect([999, 1_000, 1_001].map((at) => limit.admits("a", at))).toEqual([false, true, false])
})

test("one caller does not use up another's share, and all together have one too", () => {
  const limit = new RateLimit(limits, 0)
  for (const _ of [1, 2, 3]) limit.admits("a", 0)
  expect(limit.admits("a", 0)).toBe(false)
  expect(["b", "c", "d"].map((caller) => limit.admits(caller, 0))).toEqual([true, true, false])
})

test("thousands of callers cost no more memory than a thousand", () => {
  const limit = new RateLimit({ each: { burst: 1, perSecond: 0 }, all: { burst: 10_000, perSecond: 0 } }, 0)
  for (let caller = 0; caller < 1_001; caller += 1) limit.admits(String(caller), 0)
  expect(limit.admits("1000", 0)).toBe(false)
  // Forgotten, and so let in again.
  expect(limit.admits("0", 0)).toBe(true)
})
