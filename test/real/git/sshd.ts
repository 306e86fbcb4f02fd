import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { userInfo } from "node:os"
import { join } from "node:path"
import { freePorts, startDaemon, untilReady, type Daemon } from "../daemon.ts"
import { succeed } from "./succeed.ts"

export interface Sshd {
  readonly url: string
  readonly hostKey: string
  readonly daemon: Daemon
}

/** OpenSSH's server for whoever runs this, by keys that have a forced command. `settings` say where these are. */
export async function startSshd(folder: string, settings: readonly string[]): Promise<Sshd> {
  const [port = 0] = await freePorts(1)
  const key = join(folder, "host_key")
  const file = join(folder, "sshd_config")
  const { username } = userInfo()
  // sshd as root gives up its rights in this folder.
  if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 })
  succeed("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", key])
  writeFileSync(
    file,
    [
      `ListenAddress 127.0.0.1:${String(port)}`,
      `HostKey ${key}`,
      `AllowUsers ${username}`,
      "AuthenticationMethods publickey",
      "PermitRootLogin forced-commands-only",
      "AcceptEnv GIT_PROTOCOL",
      "PidFile none",
      // The folder is a temporary one, whose parents anybody may write to.
      "StrictModes no",
      "UsePAM no",
      ...settings,
      "",
    ].join("\n"),
  )
  const daemon = startDaemon("sshd", "/usr/sbin/sshd", ["-D", "-e", "-f", file], join(folder, "sshd.log"))
  await untilReady(daemon, () => listens(port), 20_000)
  const hostKey = readFileSync(`${key}.pub`, "utf8").trim()
  return { url: `ssh://${username}@127.0.0.1:${String(port)}`, hostKey, daemon }
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
