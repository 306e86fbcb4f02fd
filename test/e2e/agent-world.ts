import { randomBytes } from "node:crypto"
import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { parseAllDocuments } from "yaml"
import { canaryCrd, deliveryCrd } from "../../packages/core/src/index.ts"
import { startCore, type Core } from "../../packages/agent/src/core.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { TestHost } from "../../packages/agent/src/git/test-host.ts"
import { repositoryCrd } from "../../packages/agent/src/install/repository-crd.ts"
import {
  createKubeClient,
  kubeconfigCredentials,
  type Credentials,
  type KubeClient,
  type KubeObject,
  type ObjectRef,
} from "../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../packages/agent/src/runtime/index.ts"
import type { RepositoryObject } from "../../packages/agent/src/source/index.ts"
import { startKubeApi } from "../../packages/sandbox/src/kube/index.ts"

export type Any = KubeObject & Readonly<Record<string, unknown>>

/** A Kubernetes API: the embedded one, or the real one that SERIN_TEST_KUBECONFIG names. */
export interface Cluster {
  readonly kube: KubeClient
  readonly credentials: Credentials
  close(): Promise<void>
}

export async function startCluster(folder: string): Promise<Cluster> {
  const given = process.env["SERIN_TEST_KUBECONFIG"]
  const embedded = given === undefined ? await startKubeApi({ log: () => {} }) : undefined
  const path = given ?? join(folder, "kubeconfig")
  if (embedded) await writeFile(path, embedded.kubeconfig(), { mode: 0o600 })
  const credentials = await kubeconfigCredentials(path, systemClock)
  const kube = createKubeClient(credentials)
  for (const crd of [repositoryCrd, canaryCrd, deliveryCrd, ...routeCrds]) {
    unwrap(await kube.apply(crd as unknown as Any))
    const { group, names, versions } = crd.spec as Definition
    const kind = { apiVersion: `${group}/${versions[0]?.name ?? ""}`, kind: names.kind }
    await until(`${names.kind} is served`, async () => (await kube.list(kind)).ok)
  }
  return {
    kube,
    credentials,
    close: async () => {
      await kube.close()
      await embedded?.close()
    },
  }
}

interface Definition {
  readonly group: string
  readonly names: { readonly kind: string }
  readonly versions: readonly { readonly name: string }[]
}

/** Of Istio's kinds only what sync needs to know of them: that they are there, and that routes are one list. */
const routeCrds = [istio("VirtualService", "virtualservices"), istio("DestinationRule", "destinationrules")]

function istio(kind: string, plural: string) {
  const schema = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.networking.istio.io` },
    spec: {
      group: "networking.istio.io",
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  }
}

/** One test's part of the cluster: a config repo, its Repository, and namespaces of its own. */
export class AgentWorld {
  readonly cluster: Cluster
  readonly host: TestHost
  /** Where manifests put their objects. */
  readonly namespace: string
  /** Where the Repository lives. */
  readonly home: string
  /** Boundaries passed, e.g. `apply:before ConfigMap/test/a`. */
  readonly boundaries: string[] = []
  readonly log: string[] = []
  core: Core
  readonly #name: string

  private constructor(cluster: Cluster, host: TestHost, id: string) {
    this.cluster = cluster
    this.host = host
    this.namespace = `t-${id}`
    this.home = `home-${id}`
    this.#name = "config"
    this.core = this.start()
  }

  /** `NS` in the files stands for the test's namespace. */
  static async start(
    cluster: Cluster,
    files: Readonly<Record<string, string>>,
    spec: object = {},
  ): Promise<AgentWorld> {
    const id = randomBytes(4).toString("hex")
    const host = await TestHost.start(fill(files, `t-${id}`))
    const home = `home-${id}`
    unwrap(await cluster.kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: home } }))
    const account = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "applier", namespace: home } }
    unwrap(await cluster.kube.apply(account))
    const binding = {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: `applier-${id}` },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "ServiceAccount", name: "applier", namespace: home }],
    }
    unwrap(await cluster.kube.apply(binding))
    const world = new AgentWorld(cluster, host, id)
    await world.createRepository("config", { url: host.url, ...spec })
    return world
  }

  get key(): string {
    return `${this.home}/${this.#name}`
  }

  async createRepository(name: string, spec: { url: string; branch?: string }): Promise<void> {
    const repository = {
      apiVersion: "serin.dev/v1alpha1",
      kind: "Repository",
      metadata: { name, namespace: this.home },
      spec: { branch: "main", path: "cluster", interval: "1h", serviceAccountName: "applier", ...spec },
    }
    unwrap(await this.cluster.kube.apply(repository, { fieldManager: "test" }))
  }

  /** Starts an agent; `at` is called at each of its boundaries. */
  start(at: (boundary: string) => void | Promise<void> = () => {}): Core {
    return startCore({
      credentials: this.cluster.credentials,
      cacheDir: join(this.host.folder, "cache"),
      environment: process.env,
      clock: systemClock,
      random: Math.random,
      log: (message, fields) => this.log.push(`${message} ${JSON.stringify(fields)}`),
      gitProtocols: "file",
      at: async (boundary) => {
        this.boundaries.push(boundary)
        await at(boundary)
      },
    })
  }

  async restart(): Promise<void> {
    await this.core.close()
    this.core = this.start()
  }

  /** Pushes and tells the agent, as the git host's webhook does. Resolves with the commit. */
  async push(
    subject: string,
    files: Readonly<Record<string, string>>,
    remove: readonly string[] = [],
  ): Promise<string> {
    if (remove.length > 0) await this.host.git(["rm", "--quiet", ...remove], this.host.work)
    const commit = await this.host.push(subject, fill(files, this.namespace))
    this.core.parts.repositories.fetchNow(this.key)
    return commit
  }

  async synced(commit?: string): Promise<RepositoryObject> {
    const wanted = commit ?? (await this.host.head())
    return this.until(`${wanted.slice(0, 7)} is applied`, ({ status }) => {
      const ready = status?.conditions?.find(({ type }) => type === "Ready")
      return status?.revision === wanted && ready?.status === "True"
    })
  }

  /** Waits until the Ready condition's message, or that of another, is as wanted. */
  said(message: RegExp, type: "Ready" | "Fetched" = "Ready"): Promise<RepositoryObject> {
    return this.until(`${type} says ${String(message)}`, ({ status }) => {
      return message.test(status?.conditions?.find((condition) => condition.type === type)?.message ?? "")
    })
  }

  async until(what: string, holds: (repository: RepositoryObject) => boolean): Promise<RepositoryObject> {
    let last: RepositoryObject | undefined
    await until(
      what,
      async () => {
        last = await this.repository()
        return holds(last)
      },
      () => JSON.stringify(last?.status, undefined, 1) + this.log.slice(-5).join("\n"),
    )
    if (!last) throw new Error("never looked")
    return last
  }

  async #repositories() {
    const kind = { apiVersion: "serin.dev/v1alpha1", kind: "Repository" }
    const { items } = unwrap(await this.cluster.kube.list(kind, { namespace: this.home }))
    return items.map(({ metadata: { name } }) => ({ ...kind, name }))
  }

  async repository(name = this.#name): Promise<RepositoryObject> {
    const ref = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", name, namespace: this.home }
    return unwrap(await this.cluster.kube.get<RepositoryObject>(ref))
  }

  async patchRepository(patch: object): Promise<void> {
    const ref = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", name: this.#name, namespace: this.home }
    unwrap(await this.cluster.kube.patch(ref, "merge", patch, { fieldManager: "test" }))
  }

  /** An object of the test's namespace, undefined when it is not there. */
  async get(kind: string, name: string, apiVersion = "v1"): Promise<Any | undefined> {
    const got = await this.cluster.kube.get<Any>(this.ref(kind, name, apiVersion))
    return got.ok ? got.value : undefined
  }

  /** What a person does with kubectl. */
  async edit(kind: string, name: string, patch: object, apiVersion = "v1"): Promise<void> {
    const ref = this.ref(kind, name, apiVersion)
    unwrap(await this.cluster.kube.patch(ref, "merge", patch, { fieldManager: "kubectl-edit" }))
  }

  async remove(kind: string, name: string, apiVersion = "v1"): Promise<void> {
    unwrap(await this.cluster.kube.delete(this.ref(kind, name, apiVersion)))
  }

  ref(kind: string, name: string, apiVersion = "v1"): ObjectRef {
    return { apiVersion, kind, name, namespace: this.namespace }
  }

  /** Ids applied so far, in order; the list begins anew. */
  applied(): string[] {
    const seen = this.boundaries.splice(0)
    return seen.flatMap((boundary) =>
      boundary.startsWith("apply:before ") ? [boundary.slice("apply:before ".length)] : [],
    )
  }

  events(kind: string): string[] {
    return this.core.parts.events.since(0).events.flatMap((event) => (event.kind === kind ? [event.message] : []))
  }

  /** A pod of a release of `web`, as its status says, without a kubelet. */
  async pod(release: string, ready: boolean): Promise<void> {
    const { kube } = this.cluster
    const { namespace } = this
    // Where no controller makes it, a namespace has no account of its own yet.
    await kube.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "default", namespace } })
    const pod: Any = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: release, namespace, labels: { app: "web", release } },
      spec: { containers: [{ name: "c", image: "nothing" }] },
    }
    unwrap(await kube.apply(pod, { fieldManager: "test" }))
    const status = { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] }
    unwrap(await kube.patch(this.ref("Pod", release), "strategic", { status }, { subresource: "status" }))
  }

  async close(): Promise<void> {
    await this.core.close()
    for (const { kind, apiVersion, name } of await this.#repositories()) {
      await this.cluster.kube.delete({ apiVersion, kind, name, namespace: this.home })
    }
    await this.host.close()
  }
}

export function fill(files: Readonly<Record<string, string>>, namespace: string): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([path, text]) => [path, text.replaceAll("NS", namespace)]))
}

/** Waits for a condition; after ten seconds it tells what was seen last. */
export async function until(
  what: string,
  holds: () => Promise<boolean> | boolean,
  last: () => string = () => "",
): Promise<void> {
  const deadline = Date.now() + 10_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}\n${last()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

export function configMap(name: string, data: Readonly<Record<string, string>> = {}, annotations: object = {}): string {
  return yaml({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "NS", annotations }, data })
}

export function service(spec: object = {}): string {
  return yaml({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "web", namespace: "NS" },
    spec: { ports: [{ port: 80 }], selector: { app: "web" }, ...spec },
  })
}

export function route(ga: number, canary: number): string {
  const destination = (subset: string, weight: number) => ({ destination: { host: "web", subset }, weight })
  return yaml({
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "web", namespace: "NS" },
    spec: { hosts: ["web"], http: [{ route: [destination("ga", ga), destination("canary", canary)] }] },
  })
}

export const subsets = yaml({
  apiVersion: "networking.istio.io/v1",
  kind: "DestinationRule",
  metadata: { name: "web", namespace: "NS" },
  spec: {
    host: "web.NS.svc.cluster.local",
    subsets: ["ga", "canary"].map((name) => ({ name, labels: { release: name } })),
  },
})

export const namespaceFile = yaml({ apiVersion: "v1", kind: "Namespace", metadata: { name: "NS" } })

export function yaml(object: object): string {
  const text = JSON.stringify(object, undefined, 2)
  if (parseAllDocuments(text).some(({ errors }) => errors.length > 0)) throw new Error("not YAML")
  return `${text}\n`
}
