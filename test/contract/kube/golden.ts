import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { CaseId } from "./run.ts"

const folder = fileURLToPath(new URL("./golden", import.meta.url))

/** What the real server answered when the golden files were last refreshed; undefined for a case without one. */
export function golden({ suite, name }: CaseId): string | undefined {
  const file = join(folder, suite, `${name}.txt`)
  return existsSync(file) ? readFileSync(file, "utf8") : undefined
}

export function writeGolden({ suite, name }: CaseId, transcript: string): void {
  mkdirSync(join(folder, suite), { recursive: true })
  writeFileSync(join(folder, suite, `${name}.txt`), transcript)
}

/** Removes the golden files of cases that are no more; returns how many there were. */
export function dropGoldenExcept(cases: readonly CaseId[]): number {
  const kept = new Set(cases.map(({ suite, name }) => join(suite, `${name}.txt`)))
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".txt"))
  const stale = files.filter((file) => !kept.has(file))
  for (const file of stale) rmSync(join(folder, file))
  return stale.length
}

/** The differences as a unified diff of `git`, which the product needs anyway; "" if there are none. */
export function difference(expected: string, actual: string, names: { expected: string; actual: string }): string {
  if (expected === actual) return ""
  const work = mkdtempSync(join(tmpdir(), "serin-diff-"))
  try {
    writeFileSync(join(work, names.expected), expected)
    writeFileSync(join(work, names.actual), actual)
    const args = ["diff", "--no-index", "--no-color", "--unified=4", names.expected, names.actual]
    const { stdout } = spawnSync("git", args, { cwd: work, encoding: "utf8", maxBuffer: 1 << 26 })
    // Lines 1 and 2 name temporary files and blob ids.
    return stdout.split("\n").slice(2).join("\n")
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
