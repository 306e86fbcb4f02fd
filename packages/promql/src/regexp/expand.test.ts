import { expect, test } from "vitest"
import { expand } from "./expand.ts"
import { submatches } from "./regexp.ts"

test.each([
  ["$1-$2", "shop-v2"],
  ["${1}_x", "shop_x"],
  // Go takes as much as can be a name, and there is no such group.
  ["$1_x", ""],
  ["$service!", "shop!"],
  ["$$1", "$1"],
  ["$9${none}.", "."],
  ["cost: 5$", "cost: 5$"],
])("%s", (template, expected) => {
  const groups = submatches("(?P<service>[a-z]+)-(v\\d)")("shop-v2")
  expect(groups && expand(template, groups)).toBe(expected)
})
