import { expect, test } from "vitest"
import { fuzz } from "./run.ts"

test("20,000 random inputs are queries or are refused by a typed error", () => {
  // Without a clock: how long it takes is not judged here, see `npm run fuzz`.
  const { faults, valid } = fuzz(1, 20_000, () => 0)
  expect(faults).toEqual([])
  expect(valid).toBeGreaterThan(100)
}, 60_000)
