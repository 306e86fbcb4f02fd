import { execFile } from "node:child_process"
import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"
import { expect } from "vitest"
import type { Edit } from "../../packages/core/src/index.ts"
import { startCore, type Core, type CoreOptions } from "../../packages/agent/src/core.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { applyInstallation, prepareInstallation, type InstallRequest } from "../../packages/agent/src/install/index.ts"
import { Connection } from "../../packages/agent/src/kube/connection.ts"
import type { Credentials } from "../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../packages/agent/src/runtime/index.ts"
import type { RepositoryObject } from "../../packages/agent/src/source/index.ts"
import { startGitHost, type GitHost } from "../../packages/sandbox/src/githost/index.ts"
import { configMap, fill, namespaceFile, startCluster, until, type Cluster } from "./agent-world.ts"

const exec = promisify(execFile)

/** Of user `dev` at the git host. */
export const token = "t0k3n-of-the-config-repo"

export interface ConnectOptions {
  /** Instead of the address that the git host itself has. */
  readonly url?: (repository: string) => string
  /** Environment and CA bundle of the agent. */
  readonly core?: Partial<CoreOptions>
}

/** A git host, a Kubernetes API, and agents that an installation has connected them by. */
export class Connections {
  readonly cluster: Cluster
  readonly host: GitHost
  readonly #folder: string
  readonly #closing: (() => Promise<void>)[] = []
  #count = 0

  private constructor(folder: string, cluster: Cluster, host: GitHost) {
    this.#folder = folder
    this.cluster = cluster
    this.host = host
  }

  static async start(): Promise<Connections> {
    const folder = await mkdtemp(join(tmpdir(), "serin-connect-"))
    const cluster = await startCluster(folder)
    const dataDir = join(folder, "githost")
    await mkdir(dataDir)
    const host = await startGitHost({ dataDir, users: [{ name: "dev", token, access: "write" }], log: () => {} })
    return new Connections(folder, cluster, host)
  }

  /** A config repo with one revision, an installation that follows it, and the agent with its own account's rights only. */
  async connect(via: "ssh" | "http", access: InstallRequest["access"], { url: at, core: more }: ConnectOptions = {}) {
    const { host, cluster } = this
    const name = `config-${Date.now().toString(36)}-${(this.#count += 1)}`
    const repository = `team/${name}`
    const namespace = `t-${name}`
    await host.createRepository(repository)
    const work = join(this.#folder, name)
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
    const own = via === "ssh" ? host.sshCloneUrl(repository) : host.cloneUrl(repository)
    const request = {
      git: { url: at?.(repository) ?? own, branch: "main", path: "cluster" },
      name,
      cluster: "test",
      interval: "1h",
      access,
      scope: { platformWide: true, namespaces: [] },
    }
    const { manifests, publicKey } = await prepareInstallation(request, cluster.kube)
    await applyInstallation(cluster.kube, manifests, systemClock)
    const log: string[] = []
    const core = startCore({
      credentials: await this.#ownCredentials(),
      cacheDir: join(this.#folder, `${name} cache`),
      environment: { PATH: process.env["PATH"] },
      clock: systemClock,
      random: Math.random,
      log: (message, fields) => log.push(`${message} ${JSON.stringify(fields)}`),
      at: () => {},
      ...more,
    })
    const ref = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", name, namespace: "serin-system" }
    this.#closing.push(async () => {
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
    const secret = { apiVersion: "v1", kind: "Secret", name: `serin-auth-${name}`, namespace: "serin-system" }
    /** As a person who renews what is in the Repository's auth Secret. */
    const renew = async (data: Readonly<Record<string, string>>): Promise<void> => {
      unwrap(await cluster.kube.patch(secret, "merge", { stringData: data }, { fieldManager: "kubectl-edit" }))
    }
    const key = `serin-system/${name}`
    return { core, repository, namespace, key, publicKey, push, read, said, log, git, renew, secret: secret.name }
  }

  /** What the agent is in a cluster: its service account, and nothing more. */
  async #ownCredentials(): Promise<Credentials> {
    const { credentials } = this.cluster
    const connection = new Connection(credentials)
    const body = { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} }
    const path = "/api/v1/namespaces/serin-system/serviceaccounts/serin/token"
    const answer = unwrap(await connection.json<{ status: { token: string } }>({ method: "POST", path, body }))
    await connection.close()
    const { tls } = await credentials.access()
    const { cert: _cert, key: _key, ...server } = tls
    const headers = { authorization: `Bearer ${answer.status.token}` }
    return { server: credentials.server, access: async () => ({ tls: server, headers }) }
  }

  async isLive(namespace: string, name: string, x: string): Promise<boolean> {
    const got = await this.cluster.kube.get({ apiVersion: "v1", kind: "ConfigMap", name, namespace })
    return got.ok && JSON.stringify((got.value as { data?: object }).data) === JSON.stringify({ x })
  }

  /** Ends the agents that were connected. */
  async disconnect(): Promise<void> {
    for (const close of this.#closing.splice(0).reverse()) await close()
  }

  async close(): Promise<void> {
    await this.host.close()
    await this.cluster.close()
    await rm(this.#folder, { recursive: true, maxRetries: 10, retryDelay: 100 })
  }
}

export const addFile =
  (path: string, content: string): Edit =>
  () => ({
    kind: "commit",
    changes: [{ path, content }],
    message: { subject: "Add by Serin", body: "", trailers: [["Serin-Kind", "test"]] },
  })

/** Corrects drift, which needs all of its rights, and commits. */
export async function worksWholly(
  connections: Connections,
  { core, key, namespace }: { readonly core: Core; readonly key: string; readonly namespace: string },
): Promise<void> {
  const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace }
  unwrap(
    await connections.cluster.kube.patch(ref, "merge", { data: { x: "drifted" } }, { fieldManager: "kubectl-edit" }),
  )
  await until("drift is put back", () => connections.isLive(namespace, "a", "1"))
  const text = configMap("b", { x: "2" }).replaceAll("NS", namespace)
  const result = await core.parts.repositories.writer(key)?.submit(addFile("cluster/b.yaml", text))
  expect(result).toMatchObject({ kind: "committed" })
  await until("our own commit is live", () => connections.isLive(namespace, "b", "2"))
}
