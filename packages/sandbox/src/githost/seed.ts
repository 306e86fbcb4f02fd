import { cp, mkdtemp, rm } from "node:fs/promises"
import { join } from "node:path"
import { git } from "./git.ts"
import type { SeedCommit } from "./options.ts"
import { zeroId, type RefChange } from "./pushes.ts"
import { defaultBranch, type Repository } from "./repositories.ts"

/**
 * Makes the commits in a clone of their own below `workFolder` and brings branch and tags over in one go. Resolves to the commit
 * ids and to what the push has changed: nothing, when the repository has commits already.
 */
export async function seed(
  repository: Repository,
  commits: readonly SeedCommit[],
  workFolder: string,
): Promise<{ ids: readonly string[]; changes: readonly RefChange[] }> {
  const present = await git(["-C", repository.path, "rev-list", "--reverse", "--all"])
  if (present !== "") return { ids: present.trim().split("\n"), changes: [] }
  const folder = await mkdtemp(join(workFolder, "seed-"))
  try {
    await git(["init", "--quiet", `--initial-branch=${defaultBranch}`, folder])
    const ids: string[] = []
    for (const commit of commits) ids.push(await make(folder, commit))
    const branch = `refs/heads/${defaultBranch}`
    await git(["-C", repository.path, "fetch", "--quiet", folder, `${branch}:${branch}`, "refs/tags/*:refs/tags/*"])
    const head = ids.at(-1)
    const refs = commits.flatMap(({ tag }, at) => [
      { ref: `refs/tags/${tag}`, after: tag === undefined ? undefined : ids[at] },
    ])
    const changes = [{ ref: branch, after: head }, ...refs].flatMap(({ ref, after }) =>
      after === undefined ? [] : [{ ref, before: zeroId, after }],
    )
    return { ids, changes }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function make(folder: string, commit: SeedCommit): Promise<string> {
  if ("patch" in commit) {
    // The committer is the author, at the author's time: nothing of this moment or this machine gets into the id.
    const env = { GIT_COMMITTER_NAME: "serin", GIT_COMMITTER_EMAIL: "serin@localhost" }
    await git(["-C", folder, "am", "--quiet", "--committer-date-is-author-date", commit.patch], { env })
  } else {
    await git(["-C", folder, "rm", "-r", "--quiet", "--ignore-unmatch", "."])
    await cp(commit.folder, folder, { recursive: true })
    await git(["-C", folder, "add", "--all"])
    const at = `${Math.floor(commit.at.getTime() / 1000)} +0000`
    const { name, email } = commit.author
    const env = {
      GIT_AUTHOR_NAME: name,
      GIT_AUTHOR_EMAIL: email,
      GIT_AUTHOR_DATE: at,
      GIT_COMMITTER_NAME: name,
      GIT_COMMITTER_EMAIL: email,
      GIT_COMMITTER_DATE: at,
    }
    await git(["-C", folder, "commit", "--quiet", "--allow-empty", "--message", commit.message], { env })
  }
  if (commit.tag !== undefined) await git(["-C", folder, "tag", commit.tag])
  return (await git(["-C", folder, "rev-parse", "HEAD"])).trim()
}
