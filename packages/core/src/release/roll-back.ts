import type { CommitMessage, Edit, FileChange, Tree } from "../edit/edit.ts"

export interface TreeRollBack {
  /** The tree to go back to. */
  readonly to: Tree
  readonly cause: string
  readonly reason?: string
  readonly author?: CommitMessage["author"]
}

/**
 * "Roll back to this": the files below the repository's path as they were at a commit. Unlike `git revert` of an older
 * commit it cannot conflict with what came since; it takes all of that back.
 */
export function rollBackEdit({ to, cause, reason, author }: TreeRollBack): Edit {
  return (tree) => {
    const changes: FileChange[] = []
    for (const [path, content] of to.files) if (tree.files.get(path) !== content) changes.push({ path, content })
    for (const path of tree.files.keys()) if (!to.files.has(path)) changes.push({ path, content: null })
    const short = to.revision.slice(0, 8)
    if (changes.length === 0) return { kind: "obsolete", reason: `Git states what ${short} stated already.` }
    const why = reason ?? `${cause} asked for it.`
    return {
      kind: "commit",
      changes,
      message: {
        subject: `Roll back to ${short}`,
        body: why,
        trailers: [
          ["Serin-Kind", "rollback"],
          ["Serin-From", tree.revision],
          ["Serin-To", to.revision],
          ["Serin-Cause", cause],
          ["Serin-Reason", why],
          ["Serin-Id", `${tree.revision.slice(0, 10)}${to.revision.slice(0, 10)}`],
        ],
        ...(author !== undefined && { author }),
      },
    }
  }
}
