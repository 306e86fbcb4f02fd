import { describe, expect, it } from "vitest"
import { Backoff } from "./backoff.ts"

describe("back-off", () => {
  it("is nothing at first, then doubles with each failure up to its limit", () => {
    const backoff = new Backoff(10, 45)
    const delays = Array.from({ length: 5 }, (_, index) => {
      const delay = backoff.delay("a", index)
      backoff.next("a", index)
      return delay
    })
    expect(delays).toEqual([0, 10, 20, 40, 45])
    expect(backoff.delay("b", 5)).toBe(0)
  })

  it("begins anew after twice its limit without a failure", () => {
    const backoff = new Backoff(10, 45)
    backoff.next("a", 0)
    backoff.next("a", 1)
    expect(backoff.delay("a", 91)).toBe(20)
    expect(backoff.delay("a", 92)).toBe(0)
    backoff.next("a", 92)
    expect(backoff.delay("a", 93)).toBe(10)
  })

  it("forgets the keys of what is gone", () => {
    const backoff = new Backoff(10, 45)
    backoff.next("pod/a", 0)
    backoff.next("pods/a", 0)
    backoff.forget("pod/")
    expect([backoff.delay("pod/a", 1), backoff.delay("pods/a", 1)]).toEqual([0, 10])
  })
})
