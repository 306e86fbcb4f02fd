import { SerinError, type Result } from "../errors.ts"
import { isSsh, type Remote } from "../git/index.ts"
import type { SecretReader } from "../kube/index.ts"
import type { RepositoryObject } from "./repository.ts"

/** Where a Repository is and what opens it, with its Secret as it is now. */
export async function remoteOf(repository: RepositoryObject, secrets: SecretReader): Promise<Result<Remote>> {
  const { url, branch = "main", auth } = repository.spec
  const remote = { url, branch }
  if (!auth) return { ok: true, value: remote }
  const { namespace } = repository.metadata
  const { name } = auth.secretRef
  const read = await secrets.read(namespace, name)
  if (!read.ok) {
    if (read.error.code !== "KUBE_NOT_FOUND") return read
    const message = `Secret ${namespace}/${name}, which spec.auth names, does not exist`
    return {
      ok: false,
      error: new SerinError("GIT_UNAUTHORIZED", message, { next: "Create it, or run `serin install` again." }),
    }
  }
  const value = (key: string) => {
    const encoded = read.value.data?.[key]
    return encoded === undefined ? undefined : Buffer.from(encoded, "base64").toString("utf8")
  }
  const ca = value("ca.crt")
  const known = { ...remote, secret: `${namespace}/${name}`, ...(ca === undefined ? {} : { ca }) }
  const identity = value("identity")
  if (isSsh(url) && identity !== undefined) {
    const ssh = { kind: "ssh", privateKey: identity, knownHosts: value("known_hosts") ?? "" } as const
    return { ok: true, value: { ...known, auth: ssh } }
  }
  const password = value("token") ?? value("password")
  if (isSsh(url) || password === undefined) {
    const keys = isSsh(url)
      ? "`identity` and `known_hosts`"
      : "`token` (or `password`), and `username` where the host wants one"
    const message = `Secret ${namespace}/${name} lacks the keys ${keys}`
    return { ok: false, error: new SerinError("GIT_UNAUTHORIZED", message, { next: "Add them to the Secret." }) }
  }
  return { ok: true, value: { ...known, auth: { kind: "basic", username: value("username") ?? "git", password } } }
}
