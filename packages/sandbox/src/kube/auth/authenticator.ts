import { createHash } from "node:crypto"
import type { UserInfo } from "../verbs/index.ts"

/** Says who a bearer token stands for; undefined: not one of ours. */
export interface TokenAuthenticator {
  authenticate(token: string): UserInfo | undefined
}

export const ANONYMOUS: UserInfo = { username: "system:anonymous", groups: ["system:unauthenticated"] }

/** Tokens known from the start. Kept and compared as hashes, so that the time it takes tells nothing. */
export class StaticTokens implements TokenAuthenticator {
  readonly #users: ReadonlyMap<string, UserInfo>

  constructor(users: ReadonlyMap<string, UserInfo>) {
    this.#users = new Map([...users].map(([token, user]) => [digest(token), authenticated(user)]))
  }

  authenticate(token: string): UserInfo | undefined {
    return this.#users.get(digest(token))
  }
}

/** Everybody who is known is in one more group. */
export function authenticated(user: UserInfo): UserInfo {
  const group = "system:authenticated"
  return user.groups.includes(group) ? user : { ...user, groups: [...user.groups, group] }
}

const digest = (token: string): string => createHash("sha256").update(token).digest("base64")
