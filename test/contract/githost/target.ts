import type { ContractTarget } from "../harness/contract.ts"

export interface DeployKey {
  readonly title: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly key: string
  readonly readOnly: boolean
}

/** A server that speaks git over SSH. */
export interface SshDoor {
  /** `ssh://user@127.0.0.1:port`, with the folder that the repositories are in, if it shows. */
  readonly url: string
  /** `ssh-ed25519 AAAA…`: what it shows for its own. */
  readonly hostKey: string
  createRepository(name: string): Promise<void>
  /** Resolves to what takes the key away again. */
  addDeployKey(repository: string, key: DeployKey): Promise<() => Promise<void>>
}

/** A git host, new. Repositories are named `owner/name`. */
export interface Target extends ContractTarget {
  /** Repositories are at `${http}/owner/name.git`, for the users below. */
  readonly http: string
  /** The same repositories. Only cases whose key may do all come here: the real one asks for no more than a key. */
  readonly ssh: SshDoor
  /** Knows which repository a key opens, and whether to write. Has repositories of its own where it is another program. */
  readonly guarded: SshDoor
}

/** Known to every repository. */
export const users = {
  writer: { name: "dev", password: "dev-secret" },
  reader: { name: "reader", password: "reader-secret" },
} as const

export type User = (typeof users)[keyof typeof users]
