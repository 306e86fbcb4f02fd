import { expect, test } from "vitest"
import { parseCanarySpec } from "./spec.ts"
import { otherWeights, showsShift, weightBefore, type Split } from "./split.ts"

const others = [0, 10, 60, 100]
/** So many of a thousand requests went to the canary. */
const split = (canary: number, total = 1000): Split => ({ stable: total - canary, canary })

test.each([
  ["the new weight", split(300), split(100), true],
  ["the new weight, by and large", split(230), split(100), true],
  ["the weight before", split(100), split(100), false],
  ["the weight before, by and large", split(130), split(110), false],
  ["nothing for the canary", split(0), split(0), false],
  ["the weight before, when nothing is known of then", split(100), undefined, false],
  ["the new weight, when nothing is known of then", split(300), undefined, true],
  ["the new weight, seen already before it was remembered as live", split(300), split(300), true],
  ["more, by requests that go to the canary whatever the weight", split(500), split(400), true],
  ["less, by requests that never go there, but more than before", split(90), split(30), true],
  ["the weight of another step, by hand", split(600), split(600), false],
  ["less than the weight before, as before", split(30), split(30), undefined],
  ["half of the new weight, seen already before the state was written anew", split(150), split(150), undefined],
  ["more than any weight, as before", split(800), split(800), undefined],
  ["more than the new weight, when nothing is known of then", split(1000), undefined, undefined],
  ["more than the new weight, when there was no traffic then", split(800), split(0, 0), undefined],
  ["the weight before, when there was no traffic then", split(100), split(0, 0), false],
])("at 30 after 10, proxies that show %s", (_what, now, before, expected) => {
  expect(showsShift(now, { percent: 30, from: 10, others, before }, 20)).toBe(expected)
})

test("too few requests tell nothing", () => {
  expect(showsShift(split(0, 19), { percent: 30, from: 10, others, before: undefined }, 20)).toBeUndefined()
  expect(showsShift(split(0, 0), { percent: 30, from: 10, others, before: undefined }, 0)).toBeUndefined()
})

test("the weight before is that of the step before, also of a weight between two steps", () => {
  const sides = { stable: { deployment: "a", subset: "a" }, canary: { deployment: "b", subset: "b" } }
  const read = parseCanarySpec("podinfo", { ...sides, steps: [10, 30, 60] })
  if (!read.ok) throw new Error(read.reason)
  expect([10, 20, 30, 60, 100].map((percent) => weightBefore(read.spec, percent))).toEqual([0, 10, 10, 30, 60])
  expect(otherWeights(read.spec, 30)).toEqual([0, 10, 60, 100])
})
