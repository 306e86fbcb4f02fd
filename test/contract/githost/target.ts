import type { ContractTarget } from "../harness/contract.ts"

export interface DeployKey {
  readonly title: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly key: string
  readonly readOnly: boolean
}

/** A git host, new. Repositories are named `owner/name`. */
export interface Target extends ContractTarget {
  /** Repositories are at `${http}/owner/name.git`, for the users below. */
  readonly http: string
  /** `ssh://user@127.0.0.1:port`, with the folder that the repositories are in, if it shows. */
  readonly ssh: string
  /** `ssh-ed25519 AAAA…`: what the SSH server shows for its own. */
  readonly hostKey: string
  createRepository(name: string): Promise<void>
  addDeployKey(repository: string, key: DeployKey): Promise<void>
}

/** Known to every repository. */
export const users = {
  writer: { name: "dev", password: "dev-secret" },
  reader: { name: "reader", password: "reader-secret" },
} as const

export type User = (typeof users)[keyof typeof users]
