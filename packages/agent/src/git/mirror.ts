import { createHash } from "node:crypto"
import { access, mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import type { Tree } from "@serin/core"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { Log } from "../runtime/index.ts"
import { gitFailure, isDamaged } from "./failure.ts"
import { doing, type Git, type GitOutput } from "./git.ts"
import type { CommitInfo } from "./commit-info.ts"
import { logFormat, parseLog } from "./log.ts"
import { readPast } from "./past.ts"
import { checkRemote, type Remote } from "./remote.ts"
import { TreeReader, type Snapshot } from "./tree.ts"

export interface MirrorOptions {
  readonly git: Git
  /** Holds this and other clones. */
  readonly folder: string
  /** `namespace/name` of the Repository. */
  readonly name: string
  readonly remote: Remote
  /** Folder of the manifests, "" for the whole repository. */
  readonly path: string
  readonly log: Log
  /** The branch's head as now known here has changed, by a fetch or by our own push. */
  readonly onHead: (head: string) => void
}

export interface Fetched {
  readonly head: string
  /**
   * How the branch moved since the last fetch: `rewritten` when the former head is no longer in its history (a force-push),
   * `unknown` when the history at hand is too short to tell.
   */
  readonly moved: "first" | "same" | "forward" | "rewritten" | "unknown"
  readonly before?: string
}

export type Pushed =
  | { readonly kind: "pushed" }
  /** Someone else was faster: fetch and try again. */
  | { readonly kind: "raced" }
  /** The host said no, or it is not known whether it took the push. */
  | { readonly kind: "failed"; readonly error: SerinError }

/** Commits of history that are kept: enough to see where a head came from, and for the messages about new ones. */
const depth = 200
const networkMs = 60_000
const headRef = "refs/serin/head"

/**
 * A bare, shallow clone of one branch: a cache that may be lost at any time. One operation at a time; a clone that was
 * damaged (by a kill in the middle of a write) is made anew.
 */
export class Mirror {
  readonly remote: Remote
  readonly path: string
  readonly #options: MirrorOptions
  readonly #clone: string
  readonly #id: string
  readonly #trees: TreeReader
  #last: Promise<unknown> = Promise.resolve()
  #head: string | undefined

  constructor(options: MirrorOptions) {
    checkRemote(options.remote)
    this.#options = options
    this.remote = options.remote
    this.path = options.path
    const identity = [options.name, options.remote.url, options.remote.branch].join("\n")
    this.#id = createHash("sha256").update(identity).digest("hex").slice(0, 16)
    this.#clone = join(options.folder, `${this.#id}.git`)
    this.#trees = new TreeReader(options.git, this.#clone)
  }

  /** The branch's head as last seen, also by an earlier process; undefined before the first fetch. */
  async head(): Promise<string | undefined> {
    if (this.#head === undefined && (await this.#exists())) {
      const { code, stdout } = await this.#git(["rev-parse", "--verify", "--quiet", headRef])
      if (code === 0) this.#head = stdout.toString("utf8").trim()
    }
    return this.#head
  }

  fetch(): Promise<Result<Fetched>> {
    return this.#alone(async () => {
      const before = await this.head()
      const fetched = await this.#fetch([`+refs/heads/${this.remote.branch}:${headRef}`], depth)
      if (!fetched.ok) return fetched
      this.#head = undefined
      const head = await this.head()
      if (head === undefined)
        return fail(new SerinError("GIT_FAILED", `${doing("fetching", this.remote)}: no head came`))
      const moved = await this.#moved(before, head)
      if (head !== before) this.#options.onHead(head)
      return ok({ head, moved, ...(before === undefined ? {} : { before }) })
    })
  }

  /** The files below the repository's path at a commit that the clone has or the host still gives. */
  async tree(commit: string): Promise<Result<Snapshot>> {
    const read = await this.#tree(commit)
    if (read.ok || !isDamaged(read.error.message)) return read
    await this.#alone(() => this.#remove())
    return this.#tree(commit)
  }

  /** Whether an edit may write to a file: only what is below the path is ours. */
  covers(file: string): boolean {
    return this.path === "" || file.startsWith(`${this.path}/`)
  }

  /** The branch's last commits, newest first; more history is fetched when that is needed. */
  async log(limit: number): Promise<Result<readonly CommitInfo[]>> {
    if ((await this.head()) === undefined) {
      return fail(new SerinError("GIT_FAILED", `the history of ${this.#options.name} was not fetched yet`))
    }
    if (limit > depth) {
      const refs = [`+refs/heads/${this.remote.branch}:refs/serin/log`]
      const fetched = await this.#alone(() => this.#fetch(refs, limit))
      if (!fetched.ok) return fetched
    }
    const args = ["log", `--max-count=${limit}`, `--format=${logFormat}`, headRef]
    const { code, stdout, stderr } = await this.#git(args)
    return code === 0 ? ok(parseLog(stdout.toString("utf8"))) : fail(gitFailure("reading the history", stderr))
  }

  /** How these files stood at each of the last commits that touched one of them, as far as the history at hand goes. */
  past(commit: string, paths: readonly string[]): Promise<Result<readonly Tree[]>> {
    return readPast(this.#options.git, this.#clone, { commit, paths, limit: depth })
  }

  /** Whether a commit after `from` up to `to` touched one of these files; also when that cannot be told. */
  async touched(from: string, to: string, paths: readonly string[]): Promise<boolean> {
    const args = [
      "--literal-pathspecs",
      "rev-list",
      "--full-history",
      "--max-count=1",
      `${from}..${to}`,
      "--",
      ...paths,
    ]
    const { code, stdout } = await this.#git(args)
    return code !== 0 || stdout.length > 0
  }

  /** Whether a commit is in the history of another. */
  async contains(head: string, commit: string): Promise<boolean> {
    const { code } = await this.#git(["merge-base", "--is-ancestor", commit, head])
    return code === 0
  }

  /** Moves the branch on to a commit made here; never anything but forward. */
  push(commit: string): Promise<Pushed> {
    return this.#alone(async () => {
      const pushed = await this.#push(commit)
      if (pushed.kind === "pushed") {
        await this.#git(["update-ref", headRef, commit])
        this.#head = commit
        this.#options.onHead(commit)
      }
      return pushed
    })
  }

  /** A dry run: the host opens its side for writing, or refuses to, and nothing is sent. */
  mayPush(): Promise<Result<void>> {
    return this.#alone(async () => {
      const head = await this.head()
      if (head === undefined) return fail(new SerinError("GIT_FAILED", `${this.#options.name} was not fetched yet`))
      const pushed = await this.#push(head, ["--dry-run"])
      // Somebody else being ahead is no refusal.
      return pushed.kind === "failed" ? fail(pushed.error) : ok(undefined)
    })
  }

  get clone(): string {
    return this.#clone
  }

  async #push(commit: string, options: readonly string[] = []): Promise<Pushed> {
    const { env, secrets } = await this.#options.git.access(this.#id, this.remote)
    const to = [this.remote.url, `${commit}:refs/heads/${this.remote.branch}`]
    const args = ["push", "--porcelain", "--no-verify", ...options, ...to]
    return readPush(
      await this.#options.git.run({ args, cwd: this.#clone, env, timeoutMs: networkMs }, secrets),
      this.remote,
    )
  }

  async #tree(commit: string): Promise<Result<Snapshot>> {
    const present = await this.#alone(async () => {
      const made = await this.#make()
      if (made.code !== 0) return fail(gitFailure("making a clone", made.stderr))
      const here = await this.#git(["cat-file", "-e", `${commit}^{commit}`])
      return here.code === 0 ? ok(undefined) : this.#fetch([commit], 1)
    })
    return present.ok ? this.#trees.read(commit, this.path) : present
  }

  async #fetch(refs: readonly string[], commits: number): Promise<Result<void>> {
    const first = await this.#fetchOnce(refs, commits)
    if (first.code === 0) return ok(undefined)
    if (!isDamaged(first.stderr)) return fail(this.#failure("fetching", first))
    await this.#remove()
    const second = await this.#fetchOnce(refs, commits)
    return second.code === 0 ? ok(undefined) : fail(this.#failure("fetching", second))
  }

  #failure(verb: string, { stderr }: GitOutput): SerinError {
    return gitFailure(doing(verb, this.remote), stderr, this.remote)
  }

  async #fetchOnce(refs: readonly string[], commits: number): Promise<GitOutput> {
    const { git } = this.#options
    const made = await this.#make()
    if (made.code !== 0) return made
    const { env, secrets } = await git.access(this.#id, this.remote)
    const options = ["--quiet", "--no-tags", "--no-write-fetch-head", `--depth=${commits}`]
    const args = ["fetch", ...options, this.remote.url, ...refs]
    return git.run({ args, cwd: this.#clone, env, timeoutMs: networkMs }, secrets)
  }

  async #make(): Promise<GitOutput> {
    if (await this.#exists()) return { code: 0, stdout: Buffer.alloc(0), stderr: "" }
    const { git, folder } = this.#options
    await mkdir(folder, { recursive: true, mode: 0o700 })
    return git.run({ args: ["init", "--quiet", "--bare", this.#clone] })
  }

  async #remove(): Promise<void> {
    this.#options.log("clone was damaged, making it anew", { repository: this.#options.name })
    await rm(this.#clone, { recursive: true, force: true })
    this.#head = undefined
  }

  async #moved(before: string | undefined, head: string): Promise<Fetched["moved"]> {
    if (before === undefined) return "first"
    if (before === head) return "same"
    if (await this.contains(head, before)) return "forward"
    const { stdout } = await this.#git(["rev-list", "--count", head])
    // A shallow history that does not reach back to the former head says nothing.
    return Number(stdout.toString("utf8")) < depth ? "rewritten" : "unknown"
  }

  async #exists(): Promise<boolean> {
    try {
      await access(join(this.#clone, "HEAD"))
      return true
    } catch {
      return false
    }
  }

  #git(args: readonly string[]): Promise<GitOutput> {
    return this.#options.git.run({ args, cwd: this.#clone })
  }

  /** Git locks its files; waiting our turn beats failing on its locks. */
  #alone<T>(run: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(run, run)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}

/** `push --porcelain` gives a line `flag TAB from:to TAB summary` for the ref; `!` is a refusal. */
function readPush(output: GitOutput, remote: Remote): Pushed {
  const refused = /^!\t[^\t]*\t(.*)$/m.exec(output.stdout.toString("utf8"))?.[1]
  if (output.code === 0) return { kind: "pushed" }
  if (refused !== undefined && /\[rejected\]|cannot lock ref|failed to update ref|incorrect old value/i.test(refused)) {
    return { kind: "raced" }
  }
  if (refused !== undefined) {
    const said = output.stderr.split("\n").filter((line) => line.startsWith("remote:"))
    return {
      kind: "failed",
      error: new SerinError("GIT_FORBIDDEN", `${doing("pushing to", remote)}: ${[refused, ...said].join(" ")}`),
    }
  }
  return { kind: "failed", error: gitFailure(doing("pushing to", remote), output.stderr, remote) }
}
