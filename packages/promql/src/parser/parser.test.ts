import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { PromqlParseError } from "./parse-error.ts"
import { parse } from "./parser.ts"
import { prettify } from "./print.ts"

const story = 'sum(rate(http_requests_total{_weave_service=~"podinfo-.*"}[1m])) by (_weave_service)'

function failure(query: string): string {
  try {
    parse(query)
  } catch (error) {
    if (error instanceof PromqlParseError) return error.message
    throw error
  }
  return "parsed"
}

test("the story's query parses to an aggregation of a rate of a range", () => {
  expect(parse(story)).toMatchObject({
    kind: "aggregation",
    op: "sum",
    labels: ["_weave_service"],
    without: false,
    expr: { kind: "call", name: "rate", args: [{ kind: "range", range: 60_000 }] },
  })
})

test("one closing parenthesis too many: the place behind it is named, as Prometheus names it", () => {
  const unbalanced = 'sum(rate(http_requests_total{_weave_service=~"podinfo-.*"}[1m]))) by (_weave_service)'
  expect(failure(unbalanced)).toBe("1:66: parse error: unexpected right parenthesis ')'")
  expect(unbalanced.charAt(64)).toBe(")")
})

describe("operators bind as in Prometheus", () => {
  test.each([
    ["1 + 2 * 3", { op: "+", right: { op: "*" } }],
    ["2 ^ 3 ^ 2", { op: "^", right: { op: "^" } }],
    ["-2 ^ 2", { kind: "unary", expr: { op: "^" } }],
    ["1 - 2 - 3", { op: "-", left: { op: "-" } }],
    ["a and b or c", { op: "or", left: { op: "and" } }],
    [
      "a * on(x) group_left(y) b",
      { op: "*", matching: { card: "many-to-one", on: true, labels: ["x"], include: ["y"] } },
    ],
    ["a > bool 1", { op: ">", bool: true }],
  ])("%s", (query, shape) => {
    expect(parse(query)).toMatchObject(shape)
  })
})

describe("modifiers", () => {
  test.each([
    ["a offset 5m", { offset: 300_000 }],
    ["a offset -5m", { offset: -300_000 }],
    ["a @ 10.5", { at: 10_500 }],
    ["a @ start()", { at: "start" }],
    ["a[5m] offset 1m", { selector: { offset: 60_000 } }],
    ["rate(a[5m])[1h:1m]", { kind: "subquery", range: 3_600_000, step: 60_000 }],
    ["rate(a[5m])[1h:]", { kind: "subquery" }],
    ["a[1h30m]", { range: 5_400_000 }],
  ])("%s", (query, shape) => {
    expect(parse(query)).toMatchObject(shape)
  })
})

describe("durations are arithmetic too", () => {
  test.each([
    ["a[5m * 2]", { range: { kind: "*", left: { value: 300 }, right: { value: 2 } } }],
    ["a[-(1m - 2m)]", { range: { kind: "negated" } }],
    ["a offset 5m + 2", { kind: "binary", left: { offset: 300_000 } }],
    ["a offset (5m + 2)", { kind: "selector", offset: { kind: "parenthesised" } }],
    ["a offset -step()", { offset: { kind: "negated", of: { kind: "step" } } }],
    ["a[5m:max_of(step(), 10s)]", { step: { kind: "max_of" } }],
    ["a @ 5m", { at: 300_000 }],
    ["5m", { kind: "number", value: 300, duration: true }],
  ])("%s", (query, shape) => {
    expect(parse(query)).toMatchObject(shape)
  })
})

describe("what is behind a flag", () => {
  test.each([
    ["a + on (b) fill (-1) c", { matching: { fill: { left: -1, right: -1 } } }],
    ["a + fill_right (1) fill_left (2) c", { matching: { fill: { left: 2, right: 1 } } }],
    ["fill + fill_left", { left: { named: true }, right: { named: true } }],
    ["größe.gesamt", { matchers: [{ value: "größe.gesamt" }] }],
    ["step()", { kind: "call", name: "step" }],
    ["step", { kind: "selector" }],
    ["limitk(2, a)", { kind: "aggregation", op: "limitk" }],
    ["info(a, {b=~'.*'})", { kind: "call", name: "info" }],
  ])("%s", (query, shape) => {
    expect(parse(query, { experimental: true })).toMatchObject(shape)
  })
})

test.each([
  ["rate(a[5m] anchored)", { args: [{ selector: { extended: "anchored" } }] }],
  ["a smoothed offset 1m", { extended: "smoothed", offset: 60_000 }],
])("%s looks past its range", (query, shape) => {
  expect(parse(query)).toMatchObject(shape)
})

describe("what is wrong is said with its place", () => {
  test.each([
    ["", "1:1: parse error: no expression found in input"],
    ["sum(", "1:5: parse error: unclosed left parenthesis"],
    ["foo(a)", '1:1: parse error: unknown function with name "foo"'],
    ["rate(a)", '1:6: parse error: expected type range vector in call to function "rate", got instant vector'],
    ["{}", "1:1: parse error: vector selector must contain at least one non-empty matcher"],
    ['{a=~".*"}', "1:1: parse error: vector selector must contain at least one non-empty matcher"],
    ["1 == 1", "1:3: parse error: comparisons between scalars must use BOOL modifier"],
    ["a[5m:1m", "1:8: parse error: unclosed left bracket"],
    ['a{b="c}', "1:5: parse error: unterminated quoted string"],
    ["a +\n  )", "2:4: parse error: unexpected right parenthesis ')'"],
    ["a offset 5m offset 5m", "1:1: parse error: offset may not be set multiple times"],
    ["a[5m anchored]", `1:6: parse error: unexpected character: 'a', expected ':'`],
    ["a smoothed anchored", "1:1: parse error: anchored and smoothed modifiers cannot be used together"],
    ["a[5m:] smoothed", "1:1: parse error: smoothed modifier is not supported for subqueries"],
    ["a[1 / 0]", "1:5: parse error: division by zero"],
    ["a[-5m]", "1:3: parse error: duration must be greater than 0"],
    ["sum by (without) (a)", "1:9: parse error: unexpected <without> in grouping opts, expected label"],
    ["sum(a, b)", "1:1: parse error: wrong number of arguments for aggregate expression provided, expected 1, got 2"],
  ])("%s", (query, message) => {
    expect(failure(query)).toBe(message)
  })
})

test("any text gives an expression or a typed parse error inside the text", () => {
  const piece = fc.constantFrom(
    "a",
    "sum",
    "by",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "5m",
    ":",
    "1",
    "+",
    "-",
    "^",
    "==",
    "bool",
    "on",
    ",",
    '"x"',
    "=~",
    "@",
    "offset",
    "rate",
    " ",
    "\n",
    "#",
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((pieces) => pieces.join(" ")),
      ),
      (query) => {
        try {
          parse(query)
        } catch (error) {
          expect(error).toBeInstanceOf(PromqlParseError)
          if (error instanceof PromqlParseError) expect(error.position.offset).toBeLessThanOrEqual(query.length)
        }
      },
    ),
    { numRuns: 2_000 },
  )
})

test.each([`sum by ("a b", c) ({"d e"="1",f!="2"})`, `a / on ("b c") group_left ("d e") f`])(
  "%s is written as it was, names in quotes where they are no words",
  (query) => {
    expect(prettify(parse(query))).toBe(query)
  },
)

test.each([
  ["parentheses", "(".repeat(501), "nested deeper than 500"],
  ["a chain of operators", `1${"+1".repeat(1_001)}`, "more than 1000 operators"],
  ["subqueries of subqueries", `a${"[1m:]".repeat(1_001)}`, "more than 1000 operators"],
])("%s have an end, before the stack has one", (_what, query, limit) => {
  expect(failure(query)).toContain(limit)
})
