import type { Log } from "../log.ts"

/** An account that may use HTTP and the REST API, by `name:token`, `Authorization: token …` or `Bearer …`. */
export interface GitUser {
  readonly name: string
  readonly token: string
  readonly access: "read" | "write"
}

export interface GitHostOptions {
  /** Holds the bare repositories, their keys and hooks, and the SSH host key. */
  readonly dataDir: string
  /** 0 or absent: a free one. */
  readonly port?: number
  readonly sshPort?: number
  readonly users: readonly GitUser[]
  readonly log: Log
}

export interface DeployKeyOptions {
  readonly title: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly key: string
  readonly readOnly: boolean
}

export interface HookOptions {
  readonly url: string
  /** Key of `X-Hub-Signature-256`; absent: unsigned. */
  readonly secret?: string
}

/** One commit to begin a repository with. Everything in it is given, so that its id is the same in every world. */
export interface SeedCommit {
  /** Copied over what the commit before had. */
  readonly folder: string
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  readonly at: Date
  readonly tag?: string
}

/** A running git host. Repositories are named `owner/name`. */
export interface GitHost {
  readonly port: number
  readonly sshPort: number
  /** `http://127.0.0.1:3000`; REST below `/api/v1`, repositories at `/owner/name.git`. */
  readonly url: string
  /** `ssh://git@127.0.0.1:2222` */
  readonly sshUrl: string
  /** `[127.0.0.1]:2222 ssh-ed25519 AAAA…`, a line for `known_hosts`. */
  readonly knownHosts: string
  /** The URL to clone over HTTP, with the user's credentials in it when a user is named. */
  cloneUrl(repository: string, userName?: string): string
  sshCloneUrl(repository: string): string
  /** Does nothing when it exists. */
  createRepository(repository: string): Promise<void>
  addHook(repository: string, hook: HookOptions): Promise<{ id: number }>
  addDeployKey(repository: string, key: DeployKeyOptions): Promise<{ id: number }>
  /**
   * Creates the repository if needed and, when it has no commit yet, fills its branch `main` and the tags as one push
   * does: hooks that are there already fire. Resolves to the commit ids in order.
   */
  seed(repository: string, commits: readonly SeedCommit[]): Promise<readonly string[]>
  close(): Promise<void>
}
