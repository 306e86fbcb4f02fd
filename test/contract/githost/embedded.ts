import { spawnSync } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { startGitHost } from "../../../packages/sandbox/src/githost/index.ts"
import { users, type SshDoor, type Target } from "./target.ts"

interface Embedded extends Target {
  /** Tells `url` of pushes. */
  addHook(repository: string, url: string, secret: string): Promise<void>
  close(): Promise<void>
}

/** The embedded git host, new. */
export async function startEmbedded(): Promise<Embedded> {
  const folder = mkdtempSync(join(tmpdir(), "serin-githost-"))
  const { writer, reader } = users
  const host = await startGitHost({
    dataDir: folder,
    users: [
      { name: writer.name, token: writer.password, access: "write" },
      { name: reader.name, token: reader.password, access: "read" },
    ],
    log: () => {
      // What the host has to say is in its answers, which are what is compared.
    },
  })
  const ssh: SshDoor = {
    url: host.sshUrl,
    hostKey: host.knownHosts.split(" ").slice(1).join(" "),
    createRepository: (name) => host.createRepository(name),
    async addDeployKey(repository, key) {
      const { id } = await host.addDeployKey(repository, key)
      return async () => {
        const headers = { authorization: `token ${writer.password}` }
        const url = `${host.url}/api/v1/repos/${repository}/keys/${String(id)}`
        const { status } = await fetch(url, { method: "DELETE", headers })
        if (status !== 204) throw new Error(`the key was not removed: ${String(status)}`)
      }
    },
  }
  return {
    name: "embedded",
    features: new Set(spawnSync("ssh", ["-V"]).status === 0 ? ["ssh"] : []),
    http: host.url,
    ssh,
    guarded: ssh,
    async addHook(repository, url, secret) {
      await host.addHook(repository, { url, secret })
    },
    async close() {
      await host.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
