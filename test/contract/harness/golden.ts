import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { CaseId } from "./case.ts"

/**
 * Whose answers a golden file holds. Those of the embedded part are kept only where it may differ (`NAME.embedded.txt`),
 * so that it differs in nothing else.
 */
export type Answered = "real" | "embedded"

/** What was answered when the golden files were last refreshed, one file per case. */
export class GoldenFiles {
  constructor(private readonly folder: string) {}

  /** Undefined for a case without one. */
  read(id: CaseId, by: Answered = "real"): string | undefined {
    const file = join(this.folder, fileOf(id, by))
    return existsSync(file) ? readFileSync(file, "utf8") : undefined
  }

  write(id: CaseId, by: Answered, transcript: string): void {
    mkdirSync(join(this.folder, id.suite), { recursive: true })
    writeFileSync(join(this.folder, fileOf(id, by)), transcript)
  }

  /** Removes the golden files of cases that are no more; returns how many there were. */
  dropExcept(kept: readonly (readonly [CaseId, Answered])[]): number {
    const names = new Set(kept.map(([id, by]) => fileOf(id, by)))
    const files = readdirSync(this.folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".txt"),
    )
    const stale = files.filter((file) => !names.has(file))
    for (const file of stale) rmSync(join(this.folder, file))
    return stale.length
  }
}

function fileOf({ suite, name }: CaseId, by: Answered): string {
  return join(suite, by === "real" ? `${name}.txt` : `${name}.embedded.txt`)
}
