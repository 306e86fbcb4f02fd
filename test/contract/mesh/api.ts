import { Http, type Response } from "../harness/http.ts"
import { at, list, text, type Json } from "../harness/json.ts"
import type { Manifest } from "./manifests.ts"
import type { Target } from "./target.ts"

/** Everything here takes far less; a busy machine may take its time. */
const waitMs = 60_000

/** Polls until there is a value. */
export async function until<T>(what: string, read: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + waitMs
  for (;;) {
    const value = await read()
    if (value !== undefined) return value
    if (Date.now() > deadline) throw new Error(`${what}: not within ${String(waitMs / 1000)} s`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The Kubernetes API of a target, as far as cases use it. */
export class Api {
  readonly #http: Http
  constructor({ kube: { url, ca, token } }: Target) {
    this.#http = new Http(url, { ca, headers: { authorization: `Bearer ${token}` } })
  }

  /** Server-side apply; the answer may be a refusal. */
  apply(manifest: Manifest): Promise<Response> {
    return this.#http.send({
      method: "PATCH",
      path: `${pathOf(manifest)}?fieldManager=contract&force=true`,
      headers: { "content-type": "application/apply-patch+yaml" },
      body: JSON.stringify(manifest),
    })
  }

  /** As `apply`, for what must be taken. */
  async make(...manifests: readonly Manifest[]): Promise<void> {
    for (const manifest of manifests) {
      const { status, text: answer } = await this.apply(manifest)
      if (status >= 300) throw new Error(`${manifest.kind} ${manifest.metadata.name}: ${String(status)} ${answer}`)
    }
  }

  async remove(manifest: Manifest): Promise<void> {
    await this.#http.send({ method: "DELETE", path: pathOf(manifest) })
  }

  async get(path: string): Promise<Json> {
    return JSON.parse((await this.#http.send({ method: "GET", path })).text) as Json
  }

  /** Waits until `count` pods stand behind a Service. */
  async endpoints(service: string, namespace: string, count: number): Promise<void> {
    const selector = `labelSelector=kubernetes.io%2Fservice-name%3D${service}`
    const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?${selector}`
    await until(`${String(count)} endpoints of ${service}`, async () => {
      const endpoints = list(await this.get(path), "items").flatMap((slice) => list(slice, "endpoints"))
      return endpoints.filter((endpoint) => at(endpoint, "conditions", "ready") === true).length >= count || undefined
    })
  }

  /** Waits until all pods of a namespace are ready. */
  async podsReady(namespace: string): Promise<void> {
    const isReady = (pod: Json): boolean =>
      list(pod, "status", "conditions").some(
        (condition) => text(condition, "type") === "Ready" && text(condition, "status") === "True",
      )
    await until(`pods of ${namespace}`, async () => {
      const pods = list(await this.get(`/api/v1/namespaces/${namespace}/pods`), "items")
      return (pods.length > 0 && pods.every(isReady)) || undefined
    })
  }

  /** Pods cannot be created before their namespace's account is there. */
  async accountReady(namespace: string): Promise<void> {
    const path = `/api/v1/namespaces/${namespace}/serviceaccounts/default`
    await until(
      `the account of ${namespace}`,
      async () => text(await this.get(path), "kind") === "ServiceAccount" || undefined,
    )
  }

  close(): void {
    this.#http.close()
  }
}

function pathOf({ apiVersion, kind, metadata }: Manifest): string {
  const root = apiVersion.includes("/") ? "apis" : "api"
  const space = metadata.namespace === undefined ? "" : `namespaces/${metadata.namespace}/`
  return `/${root}/${apiVersion}/${space}${kind.toLowerCase()}s/${metadata.name}`
}
