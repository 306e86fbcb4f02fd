import { once } from "node:events"
import { createServer, type Server } from "node:http"

export interface ProxySocketOptions {
  readonly path: string
  /** The pod's `istio-proxy` came up or went away. */
  readonly onProxy: (up: boolean) => void
  readonly stats: () => string
  /** Resolves when no request of the pod is under way. */
  readonly idle: () => Promise<void>
}

/**
 * What a pod's `istio-proxy` container talks to: it is up as long as it holds an answer to `GET /hold`; `GET /stats` is
 * its telemetry, `GET /idle` answers when nothing of the pod is under way. One socket for each pod, mounted into that container only, so nobody needs to say who it is.
 */
export async function serveProxySocket({ path, onProxy, stats, idle }: ProxySocketOptions): Promise<Server> {
  let holding = 0
  const server = createServer((request, response) => {
    if (request.url === "/stats") {
      response.writeHead(200, { "content-type": "text/plain; version=0.0.4" }).end(stats())
    } else if (request.url === "/hold") {
      response.writeHead(200).flushHeaders()
      if (++holding === 1) onProxy(true)
      response.once("close", () => {
        if (--holding === 0) onProxy(false)
      })
    } else if (request.url === "/idle") {
      void idle().then(() => response.writeHead(200).end())
    } else response.writeHead(404).end()
  })
  server.listen(path)
  await once(server, "listening")
  return server
}
