import fc from "fast-check"
import semver from "semver"
import { expect, test } from "vitest"
import { choose, newestTag, type Choice, type ChooseInput, type RejectedImage } from "./choose.ts"
import { parsePolicy, type TagPolicy } from "./policy.ts"
import { withTag } from "./reference.ts"

function policy(text: string): TagPolicy {
  const result = parsePolicy(text)
  if (!result.ok) throw new Error(result.reason)
  return result.policy
}

const digestOf = (tag: string) => `sha256:${Buffer.from(tag).toString("hex").padEnd(64, "0")}`

/** Chooses as a caller does: fetches the digest that is asked for and asks again. */
function decide(
  input: Partial<ChooseInput> & Pick<ChooseInput, "policy" | "current">,
  tags: readonly string[],
): Choice {
  const digests = new Map(input.digests)
  const listing = input.listing ?? { tags: tags.map((tag) => ({ tag })), complete: true }
  for (let round = 0; round <= tags.length + 1; round += 1) {
    const choice = choose({ rejected: [], ...input, listing, digests })
    if (choice.kind !== "resolve") return choice
    expect(digests.has(choice.tag)).toBe(false)
    digests.set(choice.tag, digestOf(choice.tag))
  }
  throw new Error("asks for ever")
}

test("the newest allowed tag is released, by the policy's order and not by the alphabet", () => {
  const choice = decide({ policy: policy("semver:~0.2"), current: "podinfo:0.2.9" }, [
    "0.2.9",
    "0.2.10",
    "0.3.0",
    "latest",
  ])
  expect(choice).toEqual({
    kind: "release",
    tag: "0.2.10",
    digest: digestOf("0.2.10"),
    reason: "0.2.10 is the newest tag that semver:~0.2 allows.",
  })
})

test("a current tag outside the range, but comparable, still only moves up", () => {
  expect(decide({ policy: policy("semver:~0.2"), current: "podinfo:0.1.0" }, ["0.2.0"])).toMatchObject({ tag: "0.2.0" })
  expect(decide({ policy: policy("semver:~0.2"), current: "podinfo:0.3.0" }, ["0.2.0"])).toMatchObject({ kind: "stay" })
})

test.each([
  ["a partial listing", { listing: { tags: [{ tag: "0.2.5" }], complete: false } }, "incomplete"],
  ["an unparsable current tag", { current: "podinfo:latest" }, "no place in the order"],
  ["a pin without a tag", { current: `podinfo@${digestOf("x")}` }, "state a tag"],
  ["something that is no image", { current: "Not An Image" }, "not an image reference"],
])("%s changes nothing and says so", (_, change, why) => {
  const choice = decide({ policy: policy("semver:~0.2"), current: "podinfo:0.2.0", ...change }, ["0.2.5"])
  expect(choice).toMatchObject({ kind: "stay", reason: expect.stringContaining(why) })
})

test("a rejected image is passed over for the next one below, or nothing is done", () => {
  const rejected = [{ tag: "0.2.2", digest: digestOf("0.2.2") }]
  const input = { policy: policy("semver:~0.2"), rejected }
  expect(decide({ ...input, current: "podinfo:0.2.0" }, ["0.2.0", "0.2.1", "0.2.2"])).toMatchObject({ tag: "0.2.1" })
  expect(decide({ ...input, current: "podinfo:0.2.1" }, ["0.2.0", "0.2.1", "0.2.2"])).toEqual({
    kind: "stay",
    reason: "0.2.2 was rejected by a canary and is not tried again.",
  })
})

test("a rejected tag that was built anew is another image", () => {
  const rejected = [{ tag: "0.2.2", digest: digestOf("older build") }]
  expect(decide({ policy: policy("semver:*"), current: "podinfo:0.2.1", rejected }, ["0.2.2"])).toMatchObject({
    tag: "0.2.2",
  })
  const bare = [{ tag: "0.2.2", digest: "" }]
  expect(decide({ policy: policy("semver:*"), current: "podinfo:0.2.1", rejected: bare }, ["0.2.2"]).kind).toBe("stay")
})

test("the same rejected image under another tag is refused as well", () => {
  const rejected = [{ tag: "0.2.2", digest: digestOf("0.2.3") }]
  expect(decide({ policy: policy("semver:*"), current: "podinfo:0.2.1", rejected }, ["0.2.3"]).kind).toBe("stay")
})

test("numbers in a named group are compared as numbers of any size", () => {
  const numeric = policy("regexp:^build-(?<n>\\d+)$ numeric(n)")
  const tags = ["build-9", "build-10", "build-123456789012345678901", "build-123456789012345678902"]
  expect(decide({ policy: numeric, current: "a:build-9" }, tags)).toMatchObject({ tag: "build-123456789012345678902" })
  expect(decide({ policy: numeric, current: "a:other" }, tags).kind).toBe("stay")
})

test("newest goes by creation date and needs that of the current tag too", () => {
  const tags = [
    { tag: "main-b", created: "2026-01-02T00:00:00Z" },
    { tag: "main-a", created: "2026-01-03T00:00:00Z" },
    { tag: "main-c" },
  ]
  const listing = { tags, complete: true }
  expect(decide({ policy: policy("newest:main-*"), current: "a:main-b", listing }, ["x"])).toMatchObject({
    tag: "main-a",
  })
  expect(decide({ policy: policy("newest:main-*"), current: "a:main-c", listing }, ["x"]).kind).toBe("stay")
  expect(newestTag(policy("newest:main-*"), tags)).toBe("main-a")
})

test("digest follows what a tag points at", () => {
  const input = { policy: policy("digest:latest"), current: `a:latest@${digestOf("old")}` }
  expect(decide(input, ["latest"])).toMatchObject({ kind: "release", tag: "latest", digest: digestOf("latest") })
  expect(decide({ ...input, current: `a:latest@${digestOf("latest")}` }, ["latest"]).kind).toBe("stay")
  expect(decide({ ...input, current: "a:1.0" }, ["latest"]).kind).toBe("stay")
  expect(decide(input, []).kind).toBe("stay")
})

test("whatever the tags and rejections, automation never goes down and never takes a rejected image", () => {
  const version = fc.tuple(fc.nat(2), fc.nat(3), fc.nat(3)).map((parts) => parts.join("."))
  const tag = fc.oneof(version, fc.constantFrom("latest", "main", "0.1", "v0.2.1"))
  fc.assert(
    fc.property(
      fc.uniqueArray(tag, { maxLength: 12 }),
      version,
      fc.array(tag, { maxLength: 6 }),
      fc.boolean(),
      (tags, current, bad, complete) => {
        const rejected: RejectedImage[] = bad.map((one) => ({ tag: one, digest: digestOf(one) }))
        const listing = { tags: tags.map((one) => ({ tag: one })), complete }
        const choice = decide({ policy: policy("semver:*"), current: withTag("a", current), rejected, listing }, tags)
        if (choice.kind !== "release") return
        expect(complete).toBe(true)
        expect(tags).toContain(choice.tag)
        expect(bad).not.toContain(choice.tag)
        expect(semver.gt(choice.tag, current)).toBe(true)
        for (const other of tags) if (semver.valid(other) && semver.gt(other, choice.tag)) expect(bad).toContain(other)
      },
    ),
  )
})
