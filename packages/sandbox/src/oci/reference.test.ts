import * as fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatReference, parseReference } from "./reference.ts"

const digest = `sha256:${"a".repeat(64)}`

describe("parseReference", () => {
  it.each([
    ["podinfo", "docker.io/library/podinfo:latest"],
    ["podinfo:0.1.0", "docker.io/library/podinfo:0.1.0"],
    ["team/podinfo", "docker.io/team/podinfo:latest"],
    ["index.docker.io/podinfo:1", "docker.io/library/podinfo:1"],
    ["localhost/podinfo", "localhost/podinfo:latest"],
    ["127.0.0.1:5000/a/b/c:1.0_x", "127.0.0.1:5000/a/b/c:1.0_x"],
    [`ghcr.io/team/app@${digest}`, `ghcr.io/team/app@${digest}`],
    [`podinfo:0.1.0@${digest}`, `docker.io/library/podinfo:0.1.0@${digest}`],
  ])("fills in what %s leaves out", (text, whole) => {
    expect(formatReference(parseReference(text))).toBe(whole)
  })

  it("says which name must be lower case", () => {
    expect(() => parseReference("PodInfo:1")).toThrow(
      "invalid reference format: repository name (library/PodInfo) must be lowercase",
    )
  })

  it.each([
    "",
    "/",
    "a//b",
    "a/",
    "a:",
    "a:b:c",
    "a:-x",
    "a b",
    "a@sha256:12",
    `a@md5:${"a".repeat(32)}`,
    "../etc/passwd",
    "a/../b",
    "-a",
  ])("refuses %j", (text) => {
    expect(() => parseReference(text)).toThrow(/^invalid reference format/)
  })

  it("reads its own whole form again", () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,8}((\.|_|__|-{1,3})[a-z0-9]{1,8}){0,2}$/)
    const reference = fc.record({
      host: fc.constantFrom("docker.io", "ghcr.io", "localhost:5000", "[::1]:80"),
      repository: fc.array(part, { minLength: 2, maxLength: 4 }).map((parts) => parts.join("/")),
      tag: fc.stringMatching(/^\w[\w.-]{0,20}$/),
    })
    fc.assert(
      fc.property(reference, (value) => {
        expect(parseReference(formatReference(value))).toEqual(value)
      }),
    )
  })
})
