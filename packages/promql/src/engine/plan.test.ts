import { describe, expect, test } from "vitest"
import { parse } from "../parser/parser.ts"
import { sharedParts } from "./plan-parts.ts"
import { referenceOf } from "./plan-reference.ts"
import type { Plan } from "./plan.ts"
import { plan } from "./planner.ts"

const asked = { start: 600_000, end: 3_600_000, step: 60_000, defaultStep: 30_000 }
const planned = (query: string): Plan => plan(parse(query, { experimental: true }), asked)

describe("what is known before the evaluation is computed", () => {
  test.each([
    ["1 + 2 * 3", { kind: "constant", value: 7 }],
    ["-(2 ^ 3)", { kind: "constant", value: -8 }],
    ["1 > bool 2", { kind: "constant", value: 0 }],
    ["end() - start()", { kind: "constant", value: 3000 }],
    ["range() / step()", { kind: "constant", value: 50 }],
    ["a[step() * 2]", { kind: "range", range: 120_000 }],
    ["a[max_of(5m, 1h)] offset -(step())", { range: 3_600_000, selector: { offset: -60_000 } }],
    ["a[5m:]", { kind: "subquery", step: 30_000 }],
    ["a[5m:step()]", { kind: "subquery", step: 60_000 }],
  ])("%s", (query, expected) => {
    expect(planned(query)).toMatchObject(expected)
  })
})

describe("what is the same at all steps is evaluated at one", () => {
  test.each([
    ["a @ 10", { kind: "invariant", of: { kind: "selector", at: 10_000 } }],
    ["sum(a @ end())", { kind: "invariant", of: { kind: "aggregation" } }],
    ["a + sum(a @ start())", { kind: "binary", right: { kind: "invariant" } }],
    ["rate(a[5m] @ 10) * 2", { kind: "invariant", of: { kind: "binary" } }],
    // What they give depends on the evaluated time, whatever they are given.
    ["predict_linear(a[5m] @ 10, 60)", { kind: "call" }],
    ["timestamp(abs(a @ 10))", { kind: "call", args: [{ kind: "invariant" }] }],
    ["timestamp(a @ 10)", { kind: "invariant" }],
    ["abs(a)", { kind: "call" }],
  ])("%s", (query, expected) => {
    expect(planned(query)).toMatchObject(expected)
  })
})

describe("what means the same is evaluated once", () => {
  test.each([
    ["rate(a[5m]) / rate( a [300s])", 1],
    ["sum(a) + avg(a)", 1],
    ["a + a offset 1m", 0],
    ["sum by (x) (a) + sum by (y) (a)", 1],
    // Inside what is evaluated once, nothing else is asked for again.
    ["sum(rate(a[5m])) + sum(rate(a[5m]))", 1],
  ])("%s: %i parts", (query, parts) => {
    expect(sharedParts(planned(query)).size).toBe(parts)
  })
})

test.each([
  ["a offset 1m", { at: undefined, offset: 60_000 }],
  ["rate(a[5m] offset 1m) + b offset 1m", { at: undefined, offset: 60_000 }],
  ["max_over_time(a[5m:1m] offset 1m)", { at: undefined, offset: 60_000 }],
  ["max_over_time((a offset 1m)[5m:1m] @ 100)", { at: 100_000, offset: 60_000 }],
  ["a + b offset 1m", undefined],
  ["a or vector(1)", undefined],
])("%s looks at one time, or at several", (query, reference) => {
  expect(referenceOf(planned(query))).toEqual(reference === undefined ? undefined : expect.objectContaining(reference))
})
