import { describe, expect, test } from "vitest"
import { anchored } from "./regexp.ts"

describe("Go's patterns", () => {
  test.each([
    ["(?i)podinfo-.*", "PODINFO-GA", true],
    ["podinfo\\-ga", "podinfo-ga", true],
    ["a\\_b\\:c\\/d", "a_b:c/d", true],
    ["(?P<name>a+)b", "aab", true],
    ["[[:alpha:]]+[^[:digit:]]", "abc!", true],
    ["[]a]+", "]a]", true],
    ["\\Qa.b*\\E+", "a.b**", true],
    ["a|b", "ab", false],
    ["a.c", "a\nc", true],
    ["\\Aab\\z", "ab", true],
    ["(?m)a", "a\nb", false],
    ["(?m)^a$\n^b$", "a\nb", true],
    ["(?m)a\\n\\Ab", "a\nb", false],
    ["\\p{Greek}+\\p{Lu}", "αβA", true],
    ["\\pL+|[5-9]\\d\\d", "503", true],
  ])("%s on %s", (pattern, value, matches) => {
    expect(anchored(pattern).test(value)).toBe(matches)
  })

  test.each([
    ["(", "missing closing ): `^(?:()$`"],
    ["a)", "unexpected ): `^(?:a))$`"],
    ["*", "missing argument to repetition operator: `*`"],
    ["[a", "missing closing ]: `[a)$`"],
    ["[[:letter:]]", "invalid character class range: `[:letter:]`"],
    ["[[:^alpha:]]", "not supported here: `[:^alpha:]`"],
    ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ])("%s is none", (pattern, reason) => {
    expect(() => anchored(pattern)).toThrow(`error parsing regexp: ${reason}`)
  })
})
