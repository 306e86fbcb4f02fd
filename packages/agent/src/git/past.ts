import type { Tree } from "@serin/core"
import { fail, ok, type Result } from "../errors.ts"
import { gitFailure } from "./failure.ts"
import type { Git } from "./git.ts"
import { decode, parseBatch } from "./tree.ts"

export interface PastQuery {
  /** Where to look back from. */
  readonly commit: string
  /** Relative to the repository's root. */
  readonly paths: readonly string[]
  /** How many commits to find at most. */
  readonly limit: number
}

/**
 * How files stood at each of the last commits that touched one of them, newest first; each tree holds these files only. Merges
 * hide nothing: also what a merge dropped was once in the branch.
 */
export async function readPast(git: Git, clone: string, query: PastQuery): Promise<Result<readonly Tree[]>> {
  const { commit, paths, limit } = query
  if (paths.some((path) => path.includes("\n"))) throw new RangeError("a path with a line break cannot be asked for")
  const log = ["--literal-pathspecs", "log", "--full-history", `--max-count=${limit}`, "--format=%H", commit, "--"]
  const listed = await git.run({ args: [...log, ...paths], cwd: clone })
  if (listed.code !== 0) return fail(gitFailure("reading the history of files", listed.stderr))
  const commits = listed.stdout.toString("utf8").split("\n").filter(Boolean)
  if (commits.length === 0) return ok([])
  const questions = commits.flatMap((revision) => paths.map((path) => `${revision}:${path}`))
  const read = await git.run({ args: ["cat-file", "--batch"], cwd: clone, input: `${questions.join("\n")}\n` })
  if (read.code !== 0) return fail(gitFailure("reading files of the history", read.stderr))
  const answers = parseBatch(read.stdout)
  return ok(
    commits.map((revision) => {
      const files = new Map<string, string>()
      for (const path of paths) {
        const answer = answers.next().value
        const text = answer && decode(answer.bytes)
        if (typeof text === "string") files.set(path, text)
      }
      return { revision, files }
    }),
  )
}
