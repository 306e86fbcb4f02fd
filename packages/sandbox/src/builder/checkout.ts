import { mkdir, rm } from "node:fs/promises"
import { git } from "../git/index.ts"
import { BuildError, UnavailableError } from "./build-error.ts"

export interface GitSource {
  readonly url: string
  readonly username: string
  readonly token: string
}

export interface Checkout {
  readonly folder: string
  readonly commit: string
  readonly committedAt: Date
}

/** Fetches one tag, without history, and checks it out into an empty folder. Rejects with `TagGoneError` when it is gone. */
export async function checkOutTag(
  source: GitSource,
  repository: string,
  tag: string,
  folder: string,
): Promise<Checkout> {
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  const inside = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    git(["-C", folder, ...args], { env })
  await inside(["init", "--quiet"])
  const ref = `refs/tags/${tag}`
  try {
    const fetching = ["fetch", "--quiet", "--depth=1", "--no-tags", `${source.url}/${repository}.git`, `+${ref}:${ref}`]
    await inside(fetching, credentials(source))
  } catch (error) {
    const said = (error as { stderr?: string }).stderr?.trim() ?? String(error)
    if (/couldn't find remote ref/.test(said)) throw new TagGoneError(`the tag ${tag} is no longer in ${repository}`)
    const what = `the tag ${tag} of ${repository} cannot be fetched: ${said}`
    if (unavailable.test(said))
      throw new UnavailableError(what, "Check that the git host runs; then push the tag again.")
    throw new BuildError(what, "Check that the builder's user may read the repository; then push the tag again.")
  }
  const commit = (await inside(["rev-parse", `${ref}^{commit}`])).trim()
  await inside(["checkout", "--quiet", "--detach", commit])
  const seconds = Number((await inside(["show", "--no-patch", "--format=%ct", commit])).trim())
  await rm(`${folder}/.git`, { recursive: true, force: true })
  return { folder, commit, committedAt: new Date(seconds * 1000) }
}

/** What git says when the host is down, or goes down in the middle. */
const unavailable =
  /Failed to connect|Could(?:n't| not) connect|Connection (?:refused|reset)|timed out|error: 5\d\d|early EOF|hung up|unexpected disconnect/i

export class TagGoneError extends Error {
  override readonly name = "TagGoneError"
}

/** By the environment: arguments can be read by everybody on the machine. */
function credentials({ url, username, token }: GitSource): Record<string, string> {
  const basic = Buffer.from(`${username}:${token}`).toString("base64")
  return {
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: `http.${url}/.extraHeader`,
    GIT_CONFIG_VALUE_0: `Authorization: Basic ${basic}`,
  }
}
