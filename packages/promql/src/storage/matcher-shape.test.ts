import { expect, test } from "vitest"
import { shapeOf } from "./matcher-shape.ts"

test.each([
  ["a", ["a"]],
  ["a|b-c|", ["a", "b-c", ""]],
  ["(a|b)", ["a", "b"]],
  ["(?:a|b)", ["a", "b"]],
  ["a\\.b|c\\|d", ["a.b", "c|d"]],
  ["", [""]],
])("%s is one of some texts", (pattern, values) => {
  expect(shapeOf(pattern)).toEqual({ kind: "literals", values })
})

test.each([
  ["a\\.b.*", "a.b", 0],
  [".+", "", 1],
])("%s is a beginning", (pattern, prefix, atLeast) => {
  expect(shapeOf(pattern)).toEqual({ kind: "prefix", prefix, atLeast })
})

test.each(["a.b", "(a)|(b)", "(?i)a", "a*", "a.*|b", "\\d", "a?.*", "[a]", "^a$", "a.*b"])(
  "%s is a real pattern",
  (pattern) => {
    expect(shapeOf(pattern)).toBeUndefined()
  },
)
