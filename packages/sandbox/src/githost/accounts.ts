import { basicCredentials, sameSecret } from "../http/index.ts"
import type { GitUser } from "./options.ts"

/**
 * The user of an `Authorization` header: `Basic name:token`, `token …` or `Bearer …`. As forges do, a token is taken as
 * the password of any user name too, so that `https://x-access-token:TOKEN@host` works.
 */
export function findUser(users: readonly GitUser[], header: string | undefined): GitUser | undefined {
  const basic = basicCredentials(header)
  const token = basic?.password ?? /^(?:token|bearer) +(\S+)$/i.exec(header ?? "")?.[1]
  if (token === undefined || token === "") return undefined
  return users.find((user) => sameSecret(user.token, token))
}
