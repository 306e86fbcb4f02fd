import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

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
