import fastify from "fastify"
import { SerinError } from "../errors.ts"
import type { Log } from "../runtime/index.ts"
import { listenFailure, type Address } from "./free-port.ts"
import { servePage } from "./page.ts"
import { sendProblem } from "./problem.ts"
import { addRoutes, type RouteContext } from "./routes.ts"

export interface ApiOptions extends RouteContext {
  readonly listen: Address
  /** Names under which people reach this API besides loopback, e.g. the host of the public URL. */
  readonly hosts: () => readonly string[]
  /** Whether the agent follows the cluster; `/readyz` says so. */
  readonly ready: () => boolean
  readonly metrics: () => Promise<string>
  /** Folder of the built web page; absent: none is served. */
  readonly webDir?: string
  readonly log: Log
}

const maxBody = 1 << 20

/** What a kubelet and Prometheus ask for by the pod's address; nothing there is worth a rebinding attack. */
const openPaths: ReadonlySet<string> = new Set(["/healthz", "/readyz", "/metrics"])

/** The agent's one HTTP server: API, web page, probes, metrics. Rejects with LISTEN_IN_USE. */
export async function startApi(options: ApiOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const { listen, log } = options
  const app = fastify({ bodyLimit: maxBody, forceCloseConnections: true, requestTimeout: 30_000 })
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error, log))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new SerinError("NOT_FOUND", `there is no ${request.method} ${request.url.split("?")[0] ?? ""}`, {
        next: "See docs/reference/api.md for the routes.",
      }),
      log,
    ),
  )
  app.addHook("onRequest", (request, _reply, done) =>
    done(
      openPaths.has(request.routeOptions.url ?? "") || hostAllowed(request.headers.host, options.hosts())
        ? undefined
        : new SerinError("DENIED", "the Host header names no address of this agent", {
            next: "Use the agent's own address, or set --web-url at install.",
          }),
    ),
  )
  app.get("/healthz", (_request, reply) => reply.type("text/plain").send("ok\n"))
  app.get("/readyz", (_request, reply) =>
    options.ready()
      ? reply.type("text/plain").send("ok\n")
      : reply.code(503).type("text/plain").send("not following the cluster yet\n"),
  )
  app.get("/metrics", async (_request, reply) => reply.type("text/plain; version=0.0.4").send(await options.metrics()))
  addRoutes(app, options)
  if (options.webDir !== undefined) await servePage(app, options.webDir)
  try {
    const url = await app.listen({ host: listen.host, port: listen.port })
    return { url, close: () => app.close() }
  } catch (error) {
    throw listenFailure(listen, error)
  }
}

/** Against DNS rebinding: a page under another name must not reach this API through a visitor's browser. */
function hostAllowed(header: string | undefined, hosts: readonly string[]): boolean {
  const name = (header ?? "").replace(/:\d+$/, "").toLowerCase()
  return ["127.0.0.1", "localhost", "[::1]", ...hosts].includes(name)
}
