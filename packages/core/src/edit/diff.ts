import { createTwoFilesPatch } from "diff"
import type { FileChange, Tree } from "./edit.ts"

/** Unified diff of one file as git writes it; `null` stands for a file that is not there. Empty when nothing differs. */
export function unifiedDiff(path: string, before: string | null, after: string | null): string {
  if (before === after) return ""
  const patch = createTwoFilesPatch(
    before === null ? "/dev/null" : `a/${path}`,
    after === null ? "/dev/null" : `b/${path}`,
    before ?? "",
    after ?? "",
    undefined,
    undefined,
    { context: 3 },
  )
  // The library begins with a line of `=`, which git and patch do not write.
  return patch.slice(patch.indexOf("--- "))
}

/** Diff of all changes, in the order of their paths. */
export function diffChanges(tree: Tree, changes: readonly FileChange[]): string {
  return [...changes]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((change) => unifiedDiff(change.path, tree.files.get(change.path) ?? null, change.content))
    .join("")
}
