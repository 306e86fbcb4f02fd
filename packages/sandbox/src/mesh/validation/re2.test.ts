import { expect, it } from "vitest"
import { re2Error } from "./re2.ts"

it.each([
  ["[a", "missing closing ]: `[a`"],
  ["a(?=b)", "invalid or unsupported Perl syntax: `(?=`"],
  ["*", "missing argument to repetition operator: `*`"],
  ["(*a)", "missing argument to repetition operator: `*`"],
  ["a**", "invalid nested repetition operator: `**`"],
  ["a+{2}", "invalid nested repetition operator: `+{2}`"],
  ["(", "missing closing ): `(`"],
  ["a)", "unexpected ): `a)`"],
  ["(a)\\1", "invalid escape sequence: `\\1`"],
  ["[z-a]", "invalid character class range: `z-a`"],
])("refuses %s", (pattern, why) => expect(re2Error(pattern)).toBe(`error parsing regexp: ${why}`))

it.each([
  "/v[0-9]+/.*",
  "(?i)/api/\\d+",
  "^(.*?;)?\\s*(user=beta)(;.*)?$",
  "(?P<name>a|b)+?",
  "[]a]",
  "[[:alpha:]]{2,3}",
  "\\p{Greek}*",
  "a|b*",
  "(?:a)?",
  "{a}",
])("takes %s", (pattern) => expect(re2Error(pattern)).toBeUndefined())
