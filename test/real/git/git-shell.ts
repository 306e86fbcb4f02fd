import { appendFileSync, mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { SshDoor } from "../../contract/githost/target.ts"
import { workers } from "./apache.ts"
import { startSshd, type Sshd } from "./sshd.ts"

/**
 * `git-shell` (git-shell(1)) as the forced command of each key, as the owner of the repositories. Which repository a key
 * was added to is not asked.
 */
export async function startGitShell(
  folder: string,
  repositories: string,
  createRepository: SshDoor["createRepository"],
): Promise<{ door: SshDoor; sshd: Sshd }> {
  mkdirSync(folder)
  const keys = join(folder, "authorized_keys")
  const shell = join(folder, "shell")
  const asOwner = process.getuid?.() === 0 ? `setpriv --reuid=${workers} --regid=${workers} --clear-groups ` : ""
  const environment = `HOME=${folder} GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C`
  writeFileSync(keys, "")
  writeFileSync(
    shell,
    `#!/bin/sh
if [ -z "$SSH_ORIGINAL_COMMAND" ]; then exec ${asOwner}env ${environment} git-shell; fi
exec ${asOwner}env ${environment} git-shell -c "$SSH_ORIGINAL_COMMAND"
`,
    { mode: 0o755 },
  )
  const sshd = await startSshd(folder, [`AuthorizedKeysFile ${keys}`])
  const door: SshDoor = {
    url: `${sshd.url}${repositories}`,
    hostKey: sshd.hostKey,
    createRepository,
    addDeployKey(_, { key }) {
      appendFileSync(keys, `restrict,command="${shell}" ${key}\n`)
      return Promise.resolve(() => Promise.reject(new Error("keys of git-shell are not taken away")))
    },
  }
  return { door, sshd }
}
