import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import type { Credentials } from "./credentials.ts"

/** Answers requests as a test says: for what a real API server does too seldom to be waited for. */
export interface ScriptedApi {
  readonly credentials: Credentials
  /** `GET /api/v1/configmaps?…` of each request so far, without discovery. */
  readonly requests: readonly string[]
  close(): Promise<void>
}

export type Script = (request: IncomingMessage, response: ServerResponse, url: URL) => void

/** Namespaced unless it says `Cluster`. */
type Served = readonly [version: string, resource: string, kind: string, scope?: "Cluster"]

/** By the group's name. */
export type Groups = Readonly<Record<string, readonly Served[]>>

const discovery = (core: readonly Served[], groups: Groups) => ({
  "/api": lists(group("", ["v1", "configmaps", "ConfigMap"], ...core)),
  "/apis": lists(
    group("apps", ["v1", "deployments", "Deployment"]),
    ...Object.entries(groups).map(([name, served]) => group(name, ...served)),
  ),
})

/** Serves ConfigMaps and Deployments, and what else of the core group and in other groups is asked for. */
export async function startScriptedApi(
  script: Script,
  core: readonly Served[] = [],
  groups: Groups = {},
): Promise<ScriptedApi> {
  const served = discovery(core, groups)
  const requests: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    if (url.pathname === "/api" || url.pathname === "/apis") return answer(response, 200, served[url.pathname])
    requests.push(`${request.method} ${request.url}`)
    script(request, response, url)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    credentials: { server: `http://127.0.0.1:${port}`, access: async () => ({ tls: {}, headers: {} }) },
    requests,
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

export function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body))
}

export function event(response: ServerResponse, type: string, object: unknown): void {
  response.write(`${JSON.stringify({ type, object })}\n`)
}

export function configMap(name: string, resourceVersion: string, data: Record<string, string> = {}) {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace: "test", resourceVersion }, data }
}

function group(name: string, ...served: readonly Served[]) {
  const [first] = served
  const version = first?.[0] ?? "v1"
  const resources = served.map(([, resource, kind, scope = "Namespaced"]) => ({
    resource,
    scope,
    verbs: ["get"],
    responseKind: { group: name, version, kind },
  }))
  const more = {
    resource: "more",
    scope: "Cluster",
    verbs: ["get"],
    responseKind: { group: name, version, kind: first?.[2] ?? "" },
  }
  return { metadata: { name }, versions: [{ version, resources: [...resources, more] }] }
}

const lists = (...items: readonly ReturnType<typeof group>[]) => ({ kind: "APIGroupDiscoveryList", items })
