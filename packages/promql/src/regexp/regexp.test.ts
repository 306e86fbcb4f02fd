import { describe, expect, test } from "vitest"
import { expand } from "./expand.ts"
import { matchesNothing, RegexpError, searched, submatches, wholeMatch } from "./regexp.ts"

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
    ["prod(?i:UCT)ion", "production", true],
    ["prod(?i:UCT)ion", "PRODuction", false],
    ["a(?i)b|c", "aB", true],
    ["a(?i)b|c", "C", true],
    ["(?i:k)", "\u212a", true],
    ["(?i:[^k])", "K", false],
    ["[^\\D4]+", "123", true],
    ["[[:^alpha:]]", "1", true],
    ["a{,2}", "a{,2}", true],
    ["(?-s:.)", "\n", false],
    ["\\bab\\b", "ab", true],
    ["a\\Bb", "ab", true],
    ["(a?|b?){20}c", "c", true],
    ["^*$a|", "", true],
    ["\\x{1F600}.", "😀😀", true],
  ])("%s on %s", (pattern, value, matches) => {
    expect(wholeMatch(pattern)(value)).toBe(matches)
    expect(submatches(pattern)(value)?.("0")).toBe(matches ? value : undefined)
    expect(searched(`^(?s:${pattern})$`).test(value)).toBe(matches)
  })

  test.each([
    ["(", "missing closing ): `(`"],
    ["a)", "unexpected ): `a)`"],
    ["*", "missing argument to repetition operator: `*`"],
    ["[a", "missing closing ]: `[a`"],
    ["[[:letter:]]", "invalid character class range: `[:letter:]`"],
    ["a**", "invalid nested repetition operator: `**`"],
    ["a{1001}", "invalid repeat count: `{1001}`"],
    ["(a{100}){100}", "invalid repeat count: `{100}`"],
    ["\\8", "invalid escape sequence: `\\8`"],
    ["\\x{110000}", "invalid escape sequence: `\\x{110000`"],
    ["\\", "trailing backslash at end of expression: ``"],
    ["(?P<n", "invalid named capture: `(?P<n`"],
    ["(?i", "invalid or unsupported Perl syntax: `(?i`"],
    ["[b-a]", "invalid character class range: `b-a`"],
    ["\\p{Foo}", "invalid character class range: `\\p{Foo}`"],
    ["(?=a)", "invalid or unsupported Perl syntax: `(?=`"],
  ])("%s is none", (pattern, reason) => {
    expect(() => wholeMatch(pattern)).toThrow(`error parsing regexp: ${reason}`)
  })
})

test("a pattern that has exponentially many ways to fail, fails at once", () => {
  const matches = wholeMatch("(a|a|aa)*b")
  expect(matches("a".repeat(10_000))).toBe(false)
  expect(matches(`${"a".repeat(10_000)}b`)).toBe(true)
})

test.each([
  ["a*", true],
  ["a|", true],
  ["(?:^$)+", true],
  ["a+", false],
  ["(a?|b?|c?){30}x", false],
])("whether %s matches where there is no label", (pattern, matches) => {
  expect(matchesNothing(pattern)).toBe(matches)
})

test("a pattern that is small but would be large is refused", () => {
  expect(() => matchesNothing(`(${"ab".repeat(1000)}){1000}`)).toThrow(RegexpError)
})

test("a pattern that is searched for need not be the whole text", () => {
  expect(searched("b+").exec("abbc")?.[0]).toBe("bb")
})

describe("groups", () => {
  test.each([
    ["(.*?)(.*)", "ab", "|ab"],
    ["(.*)(.*)", "ab", "ab|"],
    ["(|a)*(.*)", "ab", "|ab"],
    ["(a|)*(.*)", "ab", "a|b"],
    ["(|a)+(.*)", "ab", "|ab"],
    ["(?:(.)(.)?)+", "abc", "c|b"],
    ["(?:(a)|(b))*", "ab", "a|b"],
    ["(a{1,2}){2}(.*)", "aaab", "a|b"],
    ["(a{2,}?)(a*)b", "aaab", "aa|a"],
    ["(?i)(é)(.)", "É😀", "É|😀"],
  ])("of %s in %s are those of the way that Go prefers", (pattern, value, expected) => {
    const groups = submatches(pattern)(value)
    expect(`${groups?.("1") ?? ""}|${groups?.("2") ?? ""}`).toBe(expected)
  })

  test.each([
    ["$3-${2}-$name-$0", "a--a-ab"],
    ["$3x${3}x", "ax"],
    ["$$3$", "$3$"],
    ["${03}$9$é${é}${3", "${3"],
  ])("stand where %s names them", (template, expected) => {
    const groups = submatches("(?P<name>z)?(b)?(?P<name>a)b")("ab")
    expect(groups && expand(template, groups)).toBe(expected)
  })

  test("are found in linear time", () => {
    expect(submatches("(a+)+b|(a+)")("a".repeat(10_000))?.("2")).toHaveLength(10_000)
    expect(submatches(`${"(a|a)".repeat(40)}b|(a+)`)("a".repeat(40))?.("41")).toHaveLength(40)
    expect(submatches("(x|y)?".repeat(4_000))("x")?.("1")).toBe("x")
    expect(submatches(`${"a*".repeat(40)}b|(a+)`)("a".repeat(40))?.("1")).toHaveLength(40)
  })
})
