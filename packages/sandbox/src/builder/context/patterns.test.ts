import { describe, expect, it } from "vitest"
import { cleanPath, globExpression, ignoreFilter } from "./patterns.ts"

describe("globExpression", () => {
  it.each([
    ["*.md", ["README.md"], ["docs/README.md", "README.txt"]],
    ["docs/*", ["docs/a"], ["docs", "docs/a/b"]],
    ["**/*.log", ["a.log", "x/y/a.log"], ["a.logs"]],
    ["a/**", ["a/b", "a/b/c"], ["b/a"]],
    ["file?.[ch]", ["file1.c", "fileX.h"], ["file.c", "file1.o", "file/.c"]],
    ["[^a]b", ["bb"], ["ab"]],
    ["a\\*b", ["a*b"], ["axb"]],
    ["a.b+c(d)", ["a.b+c(d)"], ["aXb+c(d)"]],
  ])("%s", (pattern, matching, others) => {
    const expression = globExpression(pattern)
    expect(matching.filter((path) => !expression.test(path))).toEqual([])
    expect(others.filter((path) => expression.test(path))).toEqual([])
  })
})

describe("ignoreFilter", () => {
  it("leaves out what the last matching pattern leaves out, folders with all in them", () => {
    const ignored = ignoreFilter(
      ["# comment", "*", "!src", "!package.json", "src/**/*.test.js", "/src/tmp/", ""].join("\n"),
    )
    const paths = ["package.json", "README.md", "src", "src/a.js", "src/x/a.test.js", "src/tmp/a", "other/src"]
    expect(paths.filter((path) => !ignored(path))).toEqual(["package.json", "src", "src/a.js"])
  })
})

describe("cleanPath", () => {
  it("keeps to the repository", () => {
    expect(cleanPath("./a//b/../c/")).toBe("a/c")
    expect(cleanPath(".")).toBe("")
    expect(() => cleanPath("a/../../b")).toThrow(/leads out of the repository/)
  })
})
