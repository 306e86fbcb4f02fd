import { describe, expect, it } from "vitest"
import { climbsAboveRoot } from "./paths.ts"

describe("climbsAboveRoot", () => {
  it.each(["/..", "/../a", "/a/../../b", "/a/%2e%2E/../b", "/./..", "//../../a/.."])("%s does", (path) => {
    expect(climbsAboveRoot(path)).toBe(true)
  })

  it.each(["/", "/a/b", "/a/../b", "/a/./../b", "/a..b/..c", "/a?x=/../..", "/..a", "/a/..%2f..%2fb"])(
    "%s does not",
    (path) => {
      expect(climbsAboveRoot(path)).toBe(false)
    },
  )
})
