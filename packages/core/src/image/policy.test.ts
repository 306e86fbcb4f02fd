import { expect, test } from "vitest"
import { allows, parseFluxPolicy, parsePolicy, type PolicyResult, type TagPolicy } from "./policy.ts"

function policyOf(result: PolicyResult): TagPolicy {
  if (!result.ok) throw new Error(result.reason)
  return result.policy
}

test.each([
  ["semver:~0.2", ["0.2.0", "0.2.9", "v0.2.1"], ["0.3.0", "0.2", "latest", "0.2.1-rc.1"]],
  ["semver: >=1 <3", ["1.0.0", "2.9.9"], ["0.9.0", "3.0.0"]],
  ["regexp:^0\\.2\\.(?<n>\\d+)$ numeric(n)", ["0.2.7", "0.2.10"], ["0.2.", "10.2.7", "0.2.7-x"]],
  ["regexp:-(?P<when>\\d+)$ alphabetical(when)", ["main-20260101"], ["main"]],
  ["alphabetical:main-*", ["main-", "main-abc"], ["amain-abc", "MAIN-abc"]],
  ["newest:v?.?", ["v1.2"], ["v1.22", "v1x"]],
  ["digest:latest", ["latest"], ["0.1.0"]],
])("%s", (text, allowed, refused) => {
  const policy = policyOf(parsePolicy(text))
  for (const tag of allowed) expect([tag, allows(policy, tag)]).toEqual([tag, true])
  for (const tag of refused) expect([tag, allows(policy, tag)]).toEqual([tag, false])
})

test.each([
  ["0.2.*", "names no kind"],
  ["semver:", "names no kind"],
  ["semver:banana", "no valid range"],
  ["regexp:^a(?<n>\\d+)$", "does not state its order"],
  ["regexp:^a(?<n>\\d+)$ numeric(m)", "not a named group"],
  ["regexp:^(?<n>a numeric(n)", "RE2 does not read"],
  ["regexp:(?=a)(?<n>b) numeric(n)", "RE2 does not read"],
  ["lexical:a*", "no known kind"],
])("%s is refused with what to write instead", (text, why) => {
  const result = parsePolicy(text)
  expect(result.ok ? "" : result.reason).toContain(why)
  expect(result.ok ? "" : result.reason).toContain("write one of semver:RANGE")
})

test.each([
  ["glob:main-*", "created"],
  ["main-*", "created"],
  ["regexp:^a.*$", "created"],
  ["regex:^a.*$", "created"],
  ["semver:~1", "semver"],
])("Flux's %s is ordered by %s", (text, order) => expect(policyOf(parseFluxPolicy(text)).order).toBe(order))

test("a pattern that makes backtracking engines explode answers at once", () => {
  const policy = policyOf(parsePolicy("regexp:^(a+)+(?<n>\\d+)$ numeric(n)"))
  expect(allows(policy, "a".repeat(20_000))).toBe(false)
})
