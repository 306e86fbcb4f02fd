import { cp, mkdtemp, rm } from "node:fs/promises"
import { join } from "node:path"
import { git } from "../git/index.ts"
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

async function make(folder: string, { folder: source, message, author, at, tag }: SeedCommit): Promise<string> {
  await cp(source, folder, { recursive: true, verbatimSymlinks: true })
  await git(["-C", folder, "add", "--all"])
  const date = `@${Math.floor(at.getTime() / 1000)} +0000`
  const env = {
    GIT_AUTHOR_NAME: author.name,
    GIT_AUTHOR_EMAIL: author.email,
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: author.name,
    GIT_COMMITTER_EMAIL: author.email,
    GIT_COMMITTER_DATE: date,
  }
  await git(["-C", folder, "commit", "--quiet", "--allow-empty", "--message", message], { env })
  if (tag !== undefined) await git(["-C", folder, "tag", tag])
  return (await git(["-C", folder, "rev-parse", "HEAD"])).trim()
}
