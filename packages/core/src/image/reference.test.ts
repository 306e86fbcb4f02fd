import fc from "fast-check"
import { expect, test } from "vitest"
import { formatReference, parseReference, sameImage, withoutDigest, withTag } from "./reference.ts"

const digest = `sha256:${"a1".repeat(32)}`
const other = `sha256:${"b2".repeat(32)}`

test.each([
  ["podinfo", "docker.io/library/podinfo"],
  ["podinfo:0.1.0", "docker.io/library/podinfo:0.1.0"],
  ["stefan/podinfo:0.1.0", "docker.io/stefan/podinfo:0.1.0"],
  ["index.docker.io/library/podinfo", "docker.io/library/podinfo"],
  ["localhost/podinfo", "localhost/podinfo"],
  ["localhost:5000/a/b:v1", "localhost:5000/a/b:v1"],
  ["127.0.0.1:5000/podinfo", "127.0.0.1:5000/podinfo"],
  ["[::1]:5000/podinfo:1", "[::1]:5000/podinfo:1"],
  ["ghcr.io/a/b__c/d-e:Tag_1.x", "ghcr.io/a/b__c/d-e:Tag_1.x"],
  [`ghcr.io/a/b@${digest}`, `ghcr.io/a/b@${digest}`],
  [`podinfo:0.1.0@${digest}`, `docker.io/library/podinfo:0.1.0@${digest}`],
])("%s means %s", (text, full) => {
  const reference = parseReference(text)
  expect(reference && formatReference(reference)).toBe(full)
})

test.each(["", "Podinfo", "pod info", "podinfo:", "podinfo:-x", "a//b", "podinfo@sha256:short", "ghcr.io/", "a/B:1"])(
  "%j is no image reference",
  (text) => expect(parseReference(text)).toBeUndefined(),
)

test("the full form reads back as itself", () => {
  const part = fc.stringMatching(/^[a-z0-9]{1,8}$/)
  const reference = fc.record(
    {
      registry: fc.constantFrom("ghcr.io", "localhost:5000", "registry.example"),
      repository: fc.array(part, { minLength: 1, maxLength: 3 }).map((parts) => parts.join("/")),
      tag: fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9._-]{0,20}$/),
      digest: fc.constantFrom(digest, other),
    },
    { requiredKeys: ["registry", "repository"] },
  )
  fc.assert(
    fc.property(reference, (one) => {
      expect(parseReference(formatReference(one))).toEqual({ ...one })
    }),
  )
})

test("another tag keeps the writer's spelling of the name", () => {
  expect(withTag("podinfo:0.1.0", "0.2.0")).toBe("podinfo:0.2.0")
  expect(withTag("localhost:5000/podinfo", "0.2.0")).toBe("localhost:5000/podinfo:0.2.0")
  expect(withTag(`a/b:1@${digest}`, "2", other)).toBe(`a/b:2@${other}`)
  expect(withoutDigest(`a/b:1@${digest}`)).toBe("a/b:1")
})

test.each([
  ["podinfo:1", "docker.io/library/podinfo:1", true],
  ["podinfo", "podinfo:latest", true],
  ["podinfo:1", `podinfo:1@${digest}`, true],
  [`podinfo:1@${other}`, `podinfo:1@${digest}`, false],
  [`podinfo@${digest}`, `podinfo:1@${digest}`, true],
  ["podinfo:1", `podinfo@${digest}`, false],
  ["podinfo:1", "podinfo:2", false],
  ["podinfo:1", "quay.io/library/podinfo:1", false],
])("%s and %s are the same image: %s", (left, right, same) => {
  expect(sameImage(left, right)).toBe(same)
  expect(sameImage(right, left)).toBe(same)
})
