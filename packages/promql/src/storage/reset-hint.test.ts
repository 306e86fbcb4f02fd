import { describe, expect, it } from "vitest"
import { histogramOf } from "../histogram/testing/histograms.ts"
import { hintAfter } from "./reset-hint.ts"

const after = (previous: string | undefined, current: string): string =>
  hintAfter(previous === undefined ? undefined : histogramOf(previous), histogramOf(current))

describe("what is known of a reset before a stored histogram", () => {
  it("is that there was none, where the counter only went up", () => {
    expect(after("{{count:1 buckets:[1]}}", "{{count:2 buckets:[2]}}")).toBe("not_reset")
    expect(after("{{count:1 buckets:[1]}}", "{{count:3 buckets:[1 2] counter_reset_hint:not_reset}}")).toBe("not_reset")
  })

  it("is nothing at a beginning", () => {
    expect(after(undefined, "{{count:2 counter_reset_hint:not_reset}}")).toBe("unknown")
    expect(after("{{count:2 buckets:[2]}}", "{{count:2 buckets:[0 2]}}")).toBe("unknown")
    expect(after("{{count:2}}", "{{count:3 counter_reset_hint:reset}}")).toBe("unknown")
    expect(after("{{schema:1 count:2}}", "{{schema:0 count:3}}")).toBe("unknown")
    expect(after("{{count:2 counter_reset_hint:gauge}}", "{{count:3}}")).toBe("unknown")
  })

  it("does not matter for a gauge", () => {
    expect(after("{{count:2}}", "{{count:1 counter_reset_hint:gauge}}")).toBe("gauge")
  })
})
