import { execFile } from "node:child_process"
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import type { Edit } from "../../packages/core/src/index.ts"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { startCore, type Core } from "../../packages/agent/src/core.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { applyInstallation, prepareInstallation, type InstallRequest } from "../../packages/agent/src/install/index.ts"
import { Connection } from "../../packages/agent/src/kube/connection.ts"
import type { Credentials } from "../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../packages/agent/src/runtime/index.ts"
import type { RepositoryObject } from "../../packages/agent/src/source/index.ts"
import { startGitHost } from "../../packages/sandbox/src/githost/index.ts"
import { configMap, fill, namespaceFile, startCluster, until, type Cluster } from "./agent-world.ts"

const exec = promisify(execFile)
const token = "t0k3n-of-the-config-repo"

let folder: string
let cluster: Cluster
let host: Awaited<ReturnType<typeof startGitHost>>
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-connect-"))
  cluster = await startCluster(folder)
  const dataDir = join(folder, "githost")
  await mkdir(dataDir)
  host = await startGitHost({ dataDir, users: [{ name: "dev", token, access: "write" }], log: () => {} })
})
afterAll(async () => {
  await host.close()
  await cluster.close()
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 100 })
})

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

let count = 0

/** A config repo with one revision, an installation that follows it, and the agent with its own account's rights only. */
async function connect(via: "ssh" | "http", access: InstallRequest["access"]) {
  const name = `config-${Date.now().toString(36)}-${(count += 1)}`
  const repository = `team/${name}`
  const namespace = `t-${name}`
  await host.createRepository(repository)
  const work = join(folder, name)
  const git = async (...args: string[]) => (await exec("git", args, { cwd: work })).stdout.trim()
  await exec("git", ["clone", "--quiet", host.cloneUrl(repository, "dev"), work])
  await git("checkout", "--quiet", "-b", "main")
  const push = async (subject: string, files: Record<string, string>) => {
    await mkdir(join(work, "cluster"), { recursive: true })
    for (const [path, text] of Object.entries(fill(files, namespace))) await writeFile(join(work, path), text)
    await git("add", "--all")
    await git("-c", "user.name=Dev", "-c", "user.email=dev@example.org", "commit", "--quiet", "--message", subject)
    await git("push", "--quiet", "origin", "main")
    return git("rev-parse", "HEAD")
  }
  await push("first", { "cluster/namespace.yaml": namespaceFile, "cluster/a.yaml": configMap("a", { x: "1" }) })
  const url = via === "ssh" ? host.sshCloneUrl(repository) : host.cloneUrl(repository)
  const scope = { platformWide: true, namespaces: [] }
  const request = {
    git: { url, branch: "main", path: "cluster" },
    name,
    cluster: "test",
    interval: "1h",
    access,
    scope,
  }
  const { manifests, publicKey } = await prepareInstallation(request, cluster.kube)
  await applyInstallation(cluster.kube, manifests, systemClock)
  const log: string[] = []
  const core = startCore({
    credentials: await ownCredentials(),
    cacheDir: join(folder, `${name} cache`),
    environment: process.env,
    clock: systemClock,
    random: Math.random,
    log: (message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
    at: () => {},
  })
  const ref = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", name, namespace: "serin-system" }
  closing.push(async () => {
    await core.close()
    unwrap(await cluster.kube.delete(ref))
  })
  const read = async () => unwrap(await cluster.kube.get<RepositoryObject>(ref))
  const said = async (type: string, message: RegExp) => {
    let last = ""
    await until(
      `${type} says ${String(message)}`,
      async () => {
        last = (await read()).status?.conditions?.find((condition) => condition.type === type)?.message ?? ""
        return message.test(last)
      },
      () => `${last}\n${log.slice(-5).join("\n")}`,
    )
    return last
  }
  return { core, repository, namespace, key: `serin-system/${name}`, publicKey, push, read, said, log, git }
}

/** What the agent is in a cluster: its service account, and nothing more. */
async function ownCredentials(): Promise<Credentials> {
  const connection = new Connection(cluster.credentials)
  const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }
  const path = "/api/v1/namespaces/serin-system/serviceaccounts/serin/token"
  const answer = unwrap(await connection.json<{ status: { token: string } }>({ method: "POST", path, body }))
  await connection.close()
  const { tls } = await cluster.credentials.access()
  const { cert: _cert, key: _key, ...server } = tls
  const headers = { authorization: `Bearer ${answer.status.token}` }
  return { server: cluster.credentials.server, access: async () => ({ tls: server, headers }) }
}

async function isLive(namespace: string, name: string, x: string): Promise<boolean> {
  const got = await cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", name, namespace })
  return got.ok && JSON.stringify((got.value as { data?: object }).data) === JSON.stringify({ x })
}

const addFile =
  (path: string, content: string): Edit =>
  () => ({
    kind: "commit",
    changes: [{ path, content }],
    message: { subject: "Add by Serin", body: "", trailers: [["Serin-Kind", "test"]] },
  })

/** Corrects drift, which needs all of its rights, and commits. */
async function worksWholly(core: Core, key: string, namespace: string): Promise<void> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace }
  unwrap(await cluster.kube.patch(ref, "merge", { data: { x: "drifted" } }, { fieldManager: "kubectl-edit" }))
  await until("drift is put back", () => isLive(namespace, "a", "1"))
  const text = configMap("b", { x: "2" }).replaceAll("NS", namespace)
  const result = await core.parts.repositories.writer(key)?.submit(addFile("cluster/b.yaml", text))
  expect(result).toMatchObject({ kind: "committed" })
  await until("our own commit is live", () => isLive(namespace, "b", "2"))
}

describe("a repository by SSH", () => {
  it("is read once its key was added, and says until then what git says", async () => {
    const world = await connect("ssh", { knownHosts: host.knownHosts })
    expect(world.publicKey).toMatch(/^ssh-ed25519 /)
    await world.said("Fetched", /Permission denied \(publickey/)
    await host.addDeployKey(world.repository, { title: "serin", key: world.publicKey ?? "", readOnly: false })
    await until("the first revision is live", () => isLive(world.namespace, "a", "1"))
    expect(await world.core.parts.repositories.mayPush(world.key)).toEqual({ ok: true, value: undefined })
    await worksWholly(world.core, world.key, world.namespace)
    await world.git("pull", "--quiet", "origin", "main")
    expect(await world.git("log", "-1", "--format=%an %s")).toBe("Serin Add by Serin")
  })

  it("is not spoken to when its host key is another", async () => {
    const [address] = host.knownHosts.split(" ")
    const other = `${address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvRTVYpVeTqSQ1xVZ3xqkBdrHBrEBnQp8d3hXzSXe3b`
    const world = await connect("ssh", { knownHosts: other })
    await host.addDeployKey(world.repository, { title: "serin", key: world.publicKey ?? "", readOnly: false })
    const message = await world.said("Fetched", /Host key verification failed/)
    expect(message).toMatch(/update known_hosts/)
  })

  it("with a read-only key is read, and a push is refused in the host's words", async () => {
    const world = await connect("ssh", { knownHosts: host.knownHosts })
    await host.addDeployKey(world.repository, { title: "serin", key: world.publicKey ?? "", readOnly: true })
    await until("the first revision is live", () => isLive(world.namespace, "a", "1"))
    const asked = await world.core.parts.repositories.mayPush(world.key)
    expect(asked).toMatchObject({ ok: false, error: { message: expect.stringContaining("may read") } })
    const result = await world.core.parts.repositories.writer(world.key)?.submit(addFile("cluster/c.yaml", "c"))
    expect(result).toMatchObject({
      kind: "failed",
      error: { code: "GIT_FORBIDDEN", message: expect.stringContaining("may read") },
    })
  })
})

describe("a repository by HTTP", () => {
  it("is read and written with a token, and followed by the host's hook", async () => {
    const world = await connect("http", { username: "dev", token })
    await until("the first revision is live", () => isLive(world.namespace, "a", "1"))
    await worksWholly(world.core, world.key, world.namespace)
    await world.git("pull", "--quiet", "origin", "main")
    await world.push("second", { "cluster/a.yaml": configMap("a", { x: "3" }) })
    world.core.parts.repositories.fetchNow(world.key)
    await until("the second revision is live", () => isLive(world.namespace, "a", "3"))
    expect(JSON.stringify(await world.read()) + world.log.join()).not.toContain(token)
  })

  it("says that a token is wrong, without showing it", async () => {
    const world = await connect("http", { username: "dev", token: "wr0ng-t0k3n" })
    const message = await world.said("Fetched", /Authentication failed/)
    expect(message + world.log.join()).not.toContain("wr0ng-t0k3n")
  })
})
