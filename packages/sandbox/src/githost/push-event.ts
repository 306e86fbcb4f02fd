import { git } from "../git/index.ts"
import type { RefChange } from "./pushes.ts"
import { zeroId } from "./pushes.ts"
import { defaultBranch, type Repository } from "./repositories.ts"

/** Where the outside finds a repository. */
export interface Addresses {
  readonly html: string
  readonly clone: string
  readonly ssh: string
}

interface Person {
  readonly name: string
  readonly email: string
}

interface Commit {
  readonly id: string
  readonly tree_id: string
  /** No other branch has it. */
  readonly distinct: boolean
  readonly message: string
  readonly timestamp: string
  readonly url: string
  readonly author: Person
  readonly committer: Person
  readonly added: string[]
  readonly modified: string[]
  readonly removed: string[]
}

type Described = Omit<Commit, "distinct">

/** How many commits a payload lists at most. */
const listed = 20

/**
 * GitHub's `push` event for one ref, branch or tag. For an annotated tag `after` is the tag object, and `head_commit` the
 * commit it stands for. Times as git wrote them, RFC 3339.
 */
export async function pushEvent(
  repository: Repository,
  change: RefChange,
  pusher: string,
  addresses: Addresses,
): Promise<Record<string, unknown>> {
  const { ref, before, after } = change
  const created = before === zeroId
  const deleted = after === zeroId
  const isBranch = ref.startsWith("refs/heads/")
  const [listedCommits, head, forced, distinct] = await Promise.all([
    isBranch && !deleted ? newCommits(repository, change, addresses) : [],
    deleted ? [] : log(repository, ["--max-count=1", after], addresses),
    created || deleted || !isBranch ? false : isForced(repository, before, after),
    deleted ? new Set<string>() : distinctCommits(repository, change),
  ])
  const [commits, headCommits] = [listedCommits, head].map((list) =>
    list.map((commit): Commit => ({ ...commit, distinct: distinct.has(commit.id) })),
  )
  const person = { name: pusher, email: `${pusher}@${new URL(addresses.html).hostname}` }
  return {
    ref,
    before,
    after,
    created,
    deleted,
    forced,
    base_ref: null,
    compare:
      created || deleted ? addresses.html : `${addresses.html}/compare/${before.slice(0, 12)}...${after.slice(0, 12)}`,
    commits,
    head_commit: headCommits?.[0] ?? null,
    repository: describe(repository, addresses),
    pusher: person,
    sender: { login: pusher, type: "User" },
  }
}

/** A repository as the REST API and the events show it. */
export function describe(repository: Repository, addresses: Addresses): Record<string, unknown> {
  const [owner = "", name = ""] = repository.name.split("/")
  return {
    id: repository.settings.id,
    name,
    full_name: repository.name,
    private: true,
    owner: { login: owner, name: owner },
    html_url: addresses.html,
    clone_url: addresses.clone,
    ssh_url: addresses.ssh,
    default_branch: defaultBranch,
    created_at: repository.settings.createdAt,
  }
}

/** Oldest first, as GitHub lists them. A new branch brings what no other branch has. */
function newCommits(
  repository: Repository,
  { ref, before, after }: RefChange,
  addresses: Addresses,
): Promise<Described[]> {
  const known = before === zeroId ? otherBranches(ref) : [before]
  return log(repository, ["--reverse", `--max-count=${listed}`, after, "--not", ...known], addresses)
}

/** Of what the push brought, the commits that no other branch has. */
async function distinctCommits(repository: Repository, { ref, before, after }: RefChange): Promise<Set<string>> {
  const known = before === zeroId ? [] : [before]
  const ids = await git(["-C", repository.path, "rev-list", after, "--not", ...otherBranches(ref), ...known])
  return new Set(ids.split("\n"))
}

/** All branches but `ref`; git wants the excluded one without `refs/heads/`. */
const otherBranches = (ref: string): string[] => [`--exclude=${ref.replace(/^refs\/heads\//, "")}`, "--branches"]

async function isForced(repository: Repository, before: string, after: string): Promise<boolean> {
  return (await git(["-C", repository.path, "rev-list", "--max-count=1", before, `^${after}`])).trim() !== ""
}

/** One record: fields ended by NUL, then the changed files, NUL-separated. U+0001 begins it. */
const format = "%x01%H%x00%T%x00%cI%x00%an%x00%ae%x00%cn%x00%ce%x00%B%x00"

async function log(repository: Repository, selection: readonly string[], addresses: Addresses): Promise<Described[]> {
  const args = ["-C", repository.path, "log", "-z", "--name-status", "--no-renames", `--format=${format}`]
  const output = await git([...args, ...selection, "--"])
  return output
    .split("\x01")
    .slice(1)
    .map((record) => parseCommit(record, addresses))
}

function parseCommit(record: string, addresses: Addresses): Described {
  const [
    id = "",
    tree = "",
    time = "",
    author = "",
    authorMail = "",
    committer = "",
    committerMail = "",
    message = "",
    ...rest
  ] = record.split("\0")
  const files = { A: [] as string[], M: [] as string[], D: [] as string[] }
  // Status and path alternate; a line end stands between the format and the first of them.
  const words = rest.map((word) => word.replace(/^\n+/, "")).filter((word) => word !== "")
  for (let at = 0; at + 1 < words.length; at += 2) {
    const path = words[at + 1]
    if (path === undefined) continue
    if (words[at] === "A") files.A.push(path)
    else if (words[at] === "D") files.D.push(path)
    else files.M.push(path)
  }
  return {
    id,
    tree_id: tree,
    message: message.trimEnd(),
    timestamp: time,
    url: `${addresses.html}/commit/${id}`,
    author: { name: author, email: authorMail },
    committer: { name: committer, email: committerMail },
    added: files.A,
    modified: files.M,
    removed: files.D,
  }
}
