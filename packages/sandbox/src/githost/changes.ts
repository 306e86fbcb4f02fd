import type { DeployKeyOptions, HookOptions } from "./options.ts"
import type { DeployKey, Hook, Repositories } from "./repositories.ts"
import { parsePublicKey } from "./ssh-keys.ts"

/** What is to be added exists. `status` is what the REST API answers: forges say 422 for keys, 409 for repositories. */
export class AlreadyThereError extends Error {
  override readonly name = "AlreadyThereError"
  constructor(
    readonly status: 409 | 422,
    message: string,
  ) {
    super(message)
  }
}

/** What is to be added is not well formed. */
export class InvalidError extends Error {
  override readonly name = "InvalidError"
}

/** Lets a key into one repository. The same key may be added to several repositories, to one of them only once. */
export function addDeployKey(repositories: Repositories, name: string, options: DeployKeyOptions): Promise<DeployKey> {
  const parsed = parsePublicKey(options.key)
  if (!parsed) throw new InvalidError('The key is no SSH public key. It looks like "ssh-ed25519 AAAA… comment".')
  const { line, fingerprint } = parsed
  return repositories.update(name, (settings, id) => {
    if (settings.keys.some((key) => key.fingerprint === fingerprint)) {
      throw new AlreadyThereError(422, `This key has been added to ${name} already.`)
    }
    const { title, readOnly } = options
    const key: DeployKey = { id, title, key: line, fingerprint, readOnly, createdAt: new Date().toISOString() }
    return { settings: { ...settings, keys: [...settings.keys, key] }, result: key }
  })
}

export function addHook(repositories: Repositories, name: string, options: HookOptions, active = true): Promise<Hook> {
  return repositories.update(name, (settings, id) => {
    const hook: Hook = { id, ...options, active, createdAt: new Date().toISOString() }
    return { settings: { ...settings, hooks: [...settings.hooks, hook] }, result: hook }
  })
}
