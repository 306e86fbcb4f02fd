import { describe, expect, it } from "vitest"
import { ForcedMonotonicity } from "./forced-monotonicity.ts"

const at = (lowest: number, highest: number, most: number, time: number) =>
  new ForcedMonotonicity({ lowest, highest, most }, time)

describe("buckets that had to be made monotonic", () => {
  it("are told once for all samples and times", () => {
    const all = at(0.5, 1, 2, 60_000)
      .with(at(1, Number.POSITIVE_INFINITY, 0.25, 1_500))
      .with(at(0.1, 0.1, 1, 90_999))
    expect(all.toString()).toBe(
      "from buckets 0.1 to +Inf, with a max diff of 2, over 3 samples from 1970-01-01T00:00:01Z to 1970-01-01T00:01:30Z",
    )
  })

  it("have a difference of two digits", () => {
    const told = (most: number) => /max diff of (\S+),/.exec(at(1, 1, most, 0).toString())?.[1]
    expect([2, 0.333, 15, 99.6, 123, 1e-7].map(told)).toEqual(["2", "0.33", "15", "1e+02", "1.2e+02", "1e-07"])
  })

  it("are told of times that have no date, too", () => {
    expect(at(1, 1, 1, 9e15).toString()).toMatch(/from 9e\+12 to 9e\+12$/)
  })
})
