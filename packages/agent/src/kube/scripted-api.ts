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

const discovery = {
  "/api": group("", ["v1", "configmaps", "ConfigMap"]),
  "/apis": group("apps", ["v1", "deployments", "Deployment"]),
}

export async function startScriptedApi(script: Script): Promise<ScriptedApi> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1")
    if (url.pathname === "/api" || url.pathname === "/apis") return answer(response, 200, discovery[url.pathname])
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

function group(name: string, [version, resource, kind]: [string, string, string]) {
  const resources = [
    { resource, scope: "Namespaced", verbs: ["get"], responseKind: { group: name, version, kind } },
    { resource: "more", scope: "Cluster", verbs: ["get"], responseKind: { group: name, version, kind } },
  ]
  return { kind: "APIGroupDiscoveryList", items: [{ metadata: { name }, versions: [{ version, resources }] }] }
}
