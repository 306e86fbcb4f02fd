import { createHash } from "node:crypto"
import { mkdirSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import type { DeployKey, SshDoor } from "../../contract/githost/target.ts"
import { startSshd, type Sshd } from "./sshd.ts"
import { succeed } from "./succeed.ts"

/**
 * gitolite behind an sshd of its own: it knows which key may read or write which repository. Rules and keys are put where
 * its administration repository would put them, and compiled (gitolite's documentation, "non-core: bypassing").
 */
export async function startGitolite(folder: string): Promise<{ door: SshDoor; sshd: Sshd }> {
  mkdirSync(folder)
  const environment = {
    HOME: folder,
    PATH: process.env["PATH"] ?? "",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "init.defaultBranch",
    GIT_CONFIG_VALUE_0: "main",
  }
  const gitolite = (...args: readonly string[]) => succeed("gitolite", args, environment)
  gitolite("setup", "-a", "nobody")
  const sshd = await startSshd(folder, [
    `AuthorizedKeysFile ${join(folder, ".ssh/authorized_keys")}`,
    `SetEnv HOME=${folder} LC_ALL=C GIT_CONFIG_NOSYSTEM=1`,
  ])
  const rules = new Map<string, Map<string, string>>()
  const home = join(folder, ".gitolite")
  const keyFile = (user: string) => join(home, "keydir", `${user}.pub`)
  mkdirSync(join(home, "keydir"), { recursive: true })

  function compile(): void {
    const text = [...rules].map(([repository, users]) =>
      [`repo ${repository}`, ...[...users].map(([user, may]) => `  ${may} = ${user}`)].join("\n"),
    )
    writeFileSync(join(home, "conf/gitolite.conf"), `${text.join("\n")}\n`)
    gitolite("compile")
    gitolite("trigger", "POST_COMPILE")
  }

  const door: SshDoor = {
    url: sshd.url,
    hostKey: sshd.hostKey,
    createRepository(name) {
      if (!rules.has(name)) rules.set(name, new Map())
      return Promise.resolve()
    },
    addDeployKey(repository, { key, readOnly }: DeployKey) {
      // A user of gitolite is somebody's key.
      const user = createHash("sha256").update(key).digest("hex").slice(0, 12)
      writeFileSync(keyFile(user), `${key}\n`)
      rules.get(repository)?.set(user, readOnly ? "R" : "RW+")
      compile()
      return Promise.resolve(() => {
        rules.get(repository)?.delete(user)
        if (![...rules.values()].some((users) => users.has(user))) rmSync(keyFile(user))
        compile()
        return Promise.resolve()
      })
    },
  }
  return { door, sshd }
}
