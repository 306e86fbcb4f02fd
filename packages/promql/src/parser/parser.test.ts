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
