import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import type { Session } from "./session.ts"

export interface Keys {
  /** Of the private part, in the case's folder. */
  readonly file: string
  readonly publicKey: string
}

/** A key pair of the case's own. */
export async function newKey(s: Session, name: string, type = "ed25519"): Promise<Keys> {
  const file = join(s.folder, name)
  await s.quietRun("ssh-keygen", ["-q", "-t", type, "-N", "", "-C", name, "-f", file])
  return { file, publicKey: (await readFile(`${file}.pub`, "utf8")).trim() }
}

/** The options of an ssh that has this key only and knows this host. */
export async function sshOptions(s: Session, { file }: Keys, { url, hostKey } = s.target.ssh): Promise<string[]> {
  const { port } = new URL(url)
  const knownHosts = join(s.folder, "known_hosts")
  await writeFile(knownHosts, hostKey === "" ? "" : `[127.0.0.1]:${port} ${hostKey}\n`)
  const options = [
    `UserKnownHostsFile=${knownHosts}`,
    "GlobalKnownHostsFile=/dev/null",
    "StrictHostKeyChecking=yes",
    "IdentitiesOnly=yes",
    "BatchMode=yes",
  ]
  return ["-F", "none", "-i", file, ...options.flatMap((option) => ["-o", option])]
}

/** The environment of a git that uses this key. */
export async function withKey(s: Session, keys: Keys, door = s.target.ssh): Promise<{ GIT_SSH_COMMAND: string }> {
  return { GIT_SSH_COMMAND: ["ssh", ...(await sshOptions(s, keys, door))].join(" ") }
}
