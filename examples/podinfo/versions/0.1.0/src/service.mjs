import { createServer } from "node:http"
import { sendJson } from "./json.mjs"
import { Metrics } from "./metrics.mjs"
import { findRoute } from "./routes.mjs"

/** The HTTP server, and how to stop it without losing a request. */
export function createService({ version, log }) {
  const state = { version, ready: true, metrics: new Metrics(version) }

  const server = createServer((request, response) => {
    const begun = performance.now()
    const url = new URL(request.url, "http://podinfo")
    const route = findRoute(url.pathname)
    response.once("finish", () => {
      const seconds = (performance.now() - begun) / 1000
      state.metrics.observe({ method: request.method, path: route.name, status: response.statusCode }, seconds)
    })
    // Kept connections are let go while stopping, so that their clients move on.
    if (!state.ready) response.setHeader("connection", "close")
    Promise.resolve(route.answer({ request, response, url, state })).catch((error) => {
      log("request failed", { path: url.pathname, error: error.message })
      if (response.headersSent) response.destroy()
      else sendJson(response, 500, { error: error.message })
    })
  })
  // Longer than the proxies in front keep their connections: they close first, so no request meets a closing one.
  server.keepAliveTimeout = 120_000

  return {
    server,
    /** From now on /readyz answers 503; all else goes on. */
    unready() {
      state.ready = false
    },
    /** Takes no more requests, and resolves when those under way are answered. */
    close() {
      const closed = new Promise((resolve) => server.close(resolve))
      // Connections that are busy now would be kept for their next request otherwise.
      const sweep = setInterval(() => server.closeIdleConnections(), 50)
      return closed.finally(() => clearInterval(sweep))
    },
  }
}
