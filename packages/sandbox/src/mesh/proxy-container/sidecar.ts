import http from "node:http"
import type { AddressInfo } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import type { Log } from "../../log.ts"
import { getText, holdOpen } from "./plane-link.ts"

export interface SidecarOptions {
  /** Unix socket on which the node process serves `GET /hold`, `/stats` and `/idle` for this pod. */
  readonly socketPath: string
  /** Where to listen; 0: any. */
  readonly host: string
  readonly ports: { readonly readiness: number; readonly metrics: number; readonly mergedMetrics: number }
  /** URL of the application's own metrics, merged into `mergedMetrics`. */
  readonly appMetrics?: string
  readonly log: Log
}

export interface Sidecar {
  readonly ports: SidecarOptions["ports"]
  /** Stops being ready, waits until nothing of the pod is under way (at most `limitMs`), then closes everything. */
  drain(limitMs: number): Promise<void>
}

/** How soon the link to the data plane is tried again. */
const retryMs = 100
const fetchLimitMs = 3000

/**
 * What runs as `istio-proxy` in a pod. The data plane itself is in the node process; this program stands for the pod's
 * share of it: as long as it lives and holds its link, the pod sends and gets traffic.
 */
export async function startSidecar(options: SidecarOptions): Promise<Sidecar> {
  const { socketPath, host, log } = options
  const stop = new AbortController()
  let linked = false
  let draining = false

  const keepLinked = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await holdOpen(socketPath, stop.signal, () => (linked = true))
      } catch (error) {
        if (!stop.signal.aborted) log("link to the data plane failed; trying again", { error: String(error) })
      }
      linked = false
      if (!stop.signal.aborted) await sleep(retryMs)
    }
  }
  const own = (): Promise<string> => getText({ socketPath, path: "/stats" }, fetchLimitMs)
  const merged = async (): Promise<string> => {
    const [proxy, app] = await Promise.all([own(), options.appMetrics === undefined ? "" : appText(options.appMetrics)])
    return proxy + app
  }
  const appText = async (url: string): Promise<string> => {
    try {
      return await getText(url, fetchLimitMs)
    } catch (error) {
      log("the application's metrics could not be read", { url, error: String(error) })
      return ""
    }
  }
  const health = async (): Promise<string | undefined> => (linked && !draining ? "" : undefined)
  const servers = await Promise.all([
    serve(host, options.ports.readiness, { "/healthz/ready": health }),
    serve(host, options.ports.metrics, { "/stats/prometheus": own }),
    serve(host, options.ports.mergedMetrics, { "/stats/prometheus": merged, "/healthz/ready": health }),
  ])
  const link = keepLinked()
  const [readiness = 0, metrics = 0, mergedMetrics = 0] = servers.map(
    (server) => (server.address() as AddressInfo).port,
  )
  return {
    ports: { readiness, metrics, mergedMetrics },
    async drain(limitMs) {
      draining = true
      try {
        await getText({ socketPath, path: "/idle" }, limitMs)
      } catch (error) {
        log("ending with requests under way", { error: String(error) })
      }
      stop.abort()
      await link
      for (const server of servers) {
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      }
    },
  }
}

type Pages = Readonly<Record<string, () => Promise<string | undefined>>>

/** Serves texts by path; a page that gives undefined is answered with 503. */
function serve(host: string, port: number, pages: Pages): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    const page = pages[request.url?.split("?")[0] ?? ""]
    if (!page) {
      response.writeHead(404).end()
      return
    }
    page().then(
      (text) => {
        if (text === undefined) response.writeHead(503).end()
        else response.writeHead(200, { "content-type": "text/plain; version=0.0.4; charset=utf-8" }).end(text)
      },
      (error: unknown) => response.writeHead(503).end(`${String(error)}\n`),
    )
  })
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => resolve(server))
  })
}
