import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, describe, expect, test } from "vitest"

const root = fileURLToPath(new URL("../..", import.meta.url))
const readme = readFileSync(join(root, "packages/promql/README.md"), "utf8")
/** Code of the README, each block with the lines that it says are printed. */
const examples = [...readme.matchAll(/^([^\n]+)\n\n```ts\n([\s\S]*?)^```/gm)].map(([, before = "", code = ""]) => ({
  before,
  code,
  prints: [...code.matchAll(/^\/\/ prints (.*)$/gm)].map(([, line = ""]) => line),
}))

describe("the packed package, in a folder of somebody else", () => {
  const folder = mkdtempSync(join(tmpdir(), "serin-package-"))
  const installed = join(folder, "node_modules/@serin/promql")

  beforeAll(() => {
    const packed = spawnSync(process.execPath, [join(root, "scripts/pack-promql.mjs"), join(folder, "packed")], {
      encoding: "utf8",
    })
    expect(packed.stderr).toBe("")
    mkdirSync(join(folder, "node_modules/@serin"), { recursive: true })
    cpSync(join(folder, "packed"), installed, { recursive: true })
  }, 60_000)
  afterAll(() => rmSync(folder, { recursive: true }))

  test("a folder with something else in it is left alone", () => {
    const other = join(folder, "other")
    mkdirSync(other)
    writeFileSync(join(other, "letter.txt"), "dear")
    for (const target of [other, join(root, "packages/promql")]) {
      const { status, stderr } = spawnSync(process.execPath, [join(root, "scripts/pack-promql.mjs"), target], {
        encoding: "utf8",
      })
      expect([status, stderr]).toEqual([2, expect.stringContaining("holds something else")])
    }
    expect(readFileSync(join(other, "letter.txt"), "utf8")).toBe("dear")
  })

  test("has no dependencies", () => {
    const manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Record<string, unknown>
    expect(manifest["dependencies"]).toBeUndefined()
    expect(manifest["private"]).toBeUndefined()
  })

  test.each(examples)("the example after “$before” prints what it says", ({ code, prints }) => {
    const file = join(folder, "example.mjs")
    writeFileSync(file, code)
    const { stdout, stderr } = spawnSync(process.execPath, [file], { encoding: "utf8" })
    expect(stderr).toBe("")
    expect(prints.length).toBeGreaterThan(0)
    expect(stdout.trim().split("\n")).toEqual(prints)
  })

  test("compiles with its declarations", () => {
    const files = examples.map(({ code }, index) => {
      const file = join(folder, `example-${index}.mts`)
      writeFileSync(file, code)
      return file
    })
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const types = ["--types", "node", "--typeRoots", join(root, "node_modules/@types")]
    const options = ["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext", ...types]
    const { stdout } = spawnSync(process.execPath, [compiler, ...options, ...files], { encoding: "utf8", cwd: folder })
    expect(stdout).toBe("")
  })
})
