import { describe, expect, it } from "vitest"
import { Labels } from "../../labels.ts"
import { placeOf } from "./label-hash.ts"

describe("the place of a series for limit_ratio", () => {
  it("is that of Prometheus", () => {
    expect(placeOf(Labels.empty)).toBeCloseTo(0.9346749315317059, 15)
    expect(placeOf(Labels.from({ a: "b" }))).toBeCloseTo(0.882198581303642, 15)
    expect(
      placeOf(Labels.from({ __name__: "http_requests", group: "canary", instance: "1", job: "api-server" })),
    ).toBeCloseTo(0.2047467588166679, 15)
    expect(placeOf(Labels.from({ x: "é".repeat(200) }))).toBeCloseTo(0.44569125005674676, 15)
  })
})
