import { mkdir } from "node:fs/promises"
import { join } from "node:path"
import { closeServer, createLocalServer, listen, send } from "../http/index.ts"
import { serveApi } from "./api.ts"
import { addDeployKey, addHook } from "./changes.ts"
import { requireGit } from "../git/index.ts"
import { Hooks } from "./hooks.ts"
import type { GitHost, GitHostOptions } from "./options.ts"
import type { Addresses } from "./push-event.ts"
import { climbsAboveRoot } from "./paths.ts"
import { PushRecorder } from "./pushes.ts"
import { Repositories } from "./repositories.ts"
import { seed } from "./seed.ts"
import { serveGit, type GitServices } from "./smart-http.ts"
import { loadHostKey } from "./ssh-keys.ts"
import { startSshServer } from "./ssh-server.ts"

/** Starts a git host on 127.0.0.1: HTTP, SSH and REST. Rejects when the port is in use, or when git is missing. */
export async function startGitHost(options: GitHostOptions): Promise<GitHost> {
  const { dataDir, users, log } = options
  await mkdir(dataDir, { recursive: true })
  const repositories = new Repositories(join(dataDir, "repositories"))
  const recorder = new PushRecorder(join(dataDir, "pushes"))
  const hostKeyLoaded = loadHostKey(join(dataDir, "ssh_host_ed25519_key"))
  const [hostKey] = await Promise.all([hostKeyLoaded, requireGit("git host"), repositories.load(), recorder.prepare()])

  const addresses = (repository: string): Addresses => ({
    html: `${url}/${repository}`,
    clone: `${url}/${repository}.git`,
    ssh: `${sshUrl}/${repository}.git`,
  })
  const hooks = new Hooks(repositories, addresses, log)
  const services: GitServices = { users, repositories, recorder, hooks, log }
  const server = createLocalServer(
    "git host",
    async (request, response, requestUrl) => {
      if (climbsAboveRoot(request.url ?? "/")) {
        send(response, 400, "This path leads above the root.\n")
        return
      }
      if (await serveApi({ users, repositories, hooks, addresses }, request, response, requestUrl)) return
      if (await serveGit(services, request, response, requestUrl)) return
      send(response, 404, "Repositories are at /OWNER/NAME.git, the API is below /api/v1.\n")
    },
    log,
  )
  const port = await listen(server, options.port ?? 0, "git host")
  const ssh = await startSshServer(services, hostKey.privateKey, options.sshPort ?? 0).catch(async (error: unknown) => {
    await closeServer(server)
    throw error
  })
  const url = `http://127.0.0.1:${port}`
  const sshUrl = `ssh://git@127.0.0.1:${ssh.port}`

  return {
    port,
    sshPort: ssh.port,
    url,
    sshUrl,
    knownHosts: `[127.0.0.1]:${ssh.port} ${hostKey.publicLine}`,
    cloneUrl(repository, userName) {
      const clone = new URL(addresses(repository).clone)
      const user = users.find(({ name }) => name === userName)
      if (userName !== undefined && !user) throw new TypeError(`no user ${userName}`)
      if (user) [clone.username, clone.password] = [user.name, user.token]
      return clone.href
    },
    sshCloneUrl: (repository) => addresses(repository).ssh,
    async createRepository(repository) {
      await repositories.create(repository)
    },
    addHook: async (repository, hook) => ({ id: (await addHook(repositories, repository, hook)).id }),
    addDeployKey: async (repository, key) => ({ id: (await addDeployKey(repositories, repository, key)).id }),
    async seed(name, commits) {
      const { repository } = await repositories.create(name)
      const { ids, changes } = await seed(repository, commits, dataDir)
      if (changes.length > 0) hooks.pushed(name, changes, "serin")
      return ids
    },
    async close() {
      await Promise.all([closeServer(server), ssh.close()])
      await hooks.close()
    },
  }
}
