import { randomUUID } from "node:crypto"
import { rm } from "node:fs/promises"
import { join } from "node:path"
import type { CommitMessage, FileChange } from "@serin/core"
import { ok, SerinError, type Result } from "../errors.ts"
import { gitFailure } from "./failure.ts"
import type { Git, GitRun } from "./git.ts"
import type { TreeEntry } from "./tree.ts"

export interface Identity {
  readonly name: string
  readonly email: string
}

export interface NewCommit {
  readonly parent: string
  /** Of the parent's tree: a changed file keeps its mode. */
  readonly entries: ReadonlyMap<string, TreeEntry>
  readonly changes: readonly FileChange[]
  readonly message: CommitMessage
  readonly committer: Identity
  /** Milliseconds since the epoch. */
  readonly at: number
}

/**
 * Makes a commit in a bare clone without a work tree: blobs, a throw-away index, a tree, the commit. Nothing refers to it
 * until it is pushed. `undefined` when the tree would be the parent's.
 */
export async function makeCommit(git: Git, clone: string, commit: NewCommit): Promise<Result<string | undefined>> {
  const index = join(clone, `serin-index-${randomUUID()}`)
  const run = async (args: readonly string[], more: Omit<GitRun, "args"> = {}): Promise<string> => {
    const env = { GIT_INDEX_FILE: index, ...more.env }
    const { code, stdout, stderr } = await git.run({ ...more, args, cwd: clone, env })
    if (code !== 0) throw gitFailure(`making a commit (git ${args[0] ?? ""})`, stderr)
    return stdout.toString("utf8").trim()
  }
  try {
    await run(["read-tree", commit.parent])
    const lines: string[] = []
    for (const { path, content } of commit.changes) {
      checkPath(path)
      if (content === null) {
        lines.push(`0 ${"0".repeat(commit.parent.length)}\t${path}`)
        continue
      }
      const blob = await run(["hash-object", "-w", "--no-filters", "--stdin"], { input: content })
      lines.push(`${commit.entries.get(path)?.mode ?? "100644"} ${blob}\t${path}`)
    }
    await run(["update-index", "-z", "--index-info"], { input: lines.map((line) => `${line}\0`).join("") })
    const tree = await run(["write-tree"])
    if (tree === (await run(["rev-parse", `${commit.parent}^{tree}`]))) return ok(undefined)
    const made = await run(["commit-tree", tree, "-p", commit.parent], {
      input: formatMessage(commit.message),
      env: identities(commit),
    })
    return ok(made)
  } catch (error) {
    if (error instanceof SerinError) return { ok: false, error }
    throw error
  } finally {
    await rm(index, { force: true })
  }
}

/** Subject, body and trailers as git lays them out. A trailer's value is one line. */
export function formatMessage({ subject, body, trailers }: CommitMessage): string {
  const lines = trailers.map(([name, value]) => `${name}: ${oneLine(value)}`)
  return `${[oneLine(subject), body.trim(), lines.join("\n")].filter((part) => part !== "").join("\n\n")}\n`
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim()
}

function identities({ message, committer, at }: NewCommit): Record<string, string> {
  const author = message.author ?? committer
  const date = `${Math.floor(at / 1000)} +0000`
  return {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: committer.name,
    GIT_COMMITTER_EMAIL: committer.email,
    GIT_COMMITTER_DATE: date,
  }
}

function checkPath(path: string): void {
  const parts = path.split("/")
  if (
    path === "" ||
    /[\0\n\t]/.test(path) ||
    parts.some((part) => ["", ".", "..", ".git"].includes(part.toLowerCase()))
  ) {
    throw new RangeError(`an edit may not write to ${JSON.stringify(path)}`)
  }
}
