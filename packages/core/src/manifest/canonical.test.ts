import fc from "fast-check"
import { expect, test } from "vitest"
import { canonicalJson, sameJson } from "./canonical.ts"

/** The same value with the keys of every map turned round. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).toReversed()
  return Object.fromEntries(entries.map(([key, part]) => [key, reversed(part)]))
}

test("any JSON value comes back from its canonical text, which does not depend on the order of keys", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value)) as unknown
      expect(JSON.parse(canonicalJson(plain))).toEqual(plain)
      expect(canonicalJson(reversed(plain))).toBe(canonicalJson(plain))
    }),
  )
})

test("keys are in order, numbers among them too, and what is undefined is left out", () => {
  expect(canonicalJson({ b: [1, { d: null, c: "ü\n" }], a: undefined, "10": 1, "9": 2 })).toBe(
    '{"10":1,"9":2,"b":[1,{"c":"ü\\n","d":null}]}',
  )
  expect(sameJson({ a: 1, b: undefined }, { a: 1 })).toBe(true)
  expect([sameJson(undefined, undefined), sameJson(undefined, null), sameJson([1, 2], [2, 1])]).toEqual([
    true,
    false,
    false,
  ])
})
