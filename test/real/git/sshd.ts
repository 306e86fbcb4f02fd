import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { userInfo } from "node:os"
import { join } from "node:path"
import { freePorts, startDaemon, untilReady, type Daemon } from "../daemon.ts"
import { succeed } from "./succeed.ts"
import { workers } from "./apache.ts"

export const sshdFiles = { "/usr/sbin/sshd": "openssh-server", "/usr/bin/git-shell": "git", "ssh-keygen": "openssh-client" }

export interface Sshd {
  readonly url: string
  readonly hostKey: string
  readonly daemon: Daemon
  /** Lets a key run `git-shell`, and nothing else. */
  allow(key: string): void
}

/**
 * OpenSSH's server with `git-shell` (git-shell(1)) as the forced command of each key. Whoever runs this is the account that
 * is logged in to; git then runs as the owner of the repositories.
 */
export async function startSshd(folder: string): Promise<Sshd> {
  const [port = 0] = await freePorts(1)
  const [key, keys, file] = ["host_key", "authorized_keys", "sshd_config"].map((name) => join(folder, name))
  if (key === undefined || keys === undefined || file === undefined) throw new Error("unreachable")
  const isRoot = process.getuid?.() === 0
  // sshd as root gives up its rights in this folder.
  if (isRoot) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 })
  succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key])
  writeFileSync(keys, "")
  writeFileSync(
    file,
    [
      `ListenAddress 127.0.0.1:${String(port)}`,
      `HostKey ${key}`,
      `AuthorizedKeysFile ${keys}`,
      "AuthenticationMethods publickey",
      "PermitRootLogin forced-commands-only",
      "AcceptEnv GIT_PROTOCOL",
      "PidFile none",
      // The folder is a temporary one, whose parents anybody may write to.
      "StrictModes no",
      "UsePAM no",
      "",
    ].join("\n"),
  )
  const daemon = startDaemon("sshd", "/usr/sbin/sshd", ["-D", "-e", "-f", file], join(folder, "sshd.log"))
  await untilReady(daemon, () => listens(port), 20_000)
  const asOwner = isRoot ? `setpriv --reuid=${workers} --regid=${workers} --clear-groups ` : ""
  const isolated = "env HOME=/nonexistent GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null LC_ALL=C "
  const shell = join(folder, "shell")
  writeFileSync(
    shell,
    `#!/bin/sh
if [ -z "$SSH_ORIGINAL_COMMAND" ]; then exec ${asOwner}${isolated}git-shell; fi
exec ${asOwner}${isolated}git-shell -c "$SSH_ORIGINAL_COMMAND"
`,
    { mode: 0o755 },
  )
  return {
    url: `ssh://${userInfo().username}@127.0.0.1:${String(port)}`,
    hostKey: readFileSync(`${key}.pub`, "utf8").trim(),
    daemon,
    allow: (publicKey) => appendFileSync(keys, `restrict,command="${shell}" ${publicKey}\n`),
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })
}
