import { mkdir } from "node:fs/promises"
import type { IncomingMessage, ServerResponse } from "node:http"
import { closeServer, createLocalServer, listen, send, sendJson } from "../http/index.ts"
import { isRepositoryName } from "../oci/index.ts"
import { Access, type Scope } from "./access.ts"
import { BlobStore } from "./blob-store.ts"
import { serveBlob } from "./blobs.ts"
import { RegistryError } from "./errors.ts"
import type { Exchange, Services } from "./exchange.ts"
import { Layout } from "./layout.ts"
import { serveCatalog, serveReferrers, serveTags } from "./listings.ts"
import { ManifestStore } from "./manifest-store.ts"
import { serveManifest } from "./manifests.ts"
import { Notifier } from "./notifier.ts"
import type { Registry, RegistryOptions } from "./options.ts"
import { parseRoute, type Route } from "./routes.ts"
import { serveUpload, startUpload } from "./uploads.ts"

/** Starts an OCI registry (distribution-spec 1.1) on 127.0.0.1. Rejects when the port is in use. */
export async function startRegistry(options: RegistryOptions): Promise<Registry> {
  await mkdir(options.dataDir, { recursive: true })
  const layout = new Layout(options.dataDir)
  const blobs = new BlobStore(layout)
  const notifier = new Notifier(options.notifications ?? [], options.log)
  const services: Services = {
    blobs,
    manifests: new ManifestStore(layout, blobs),
    access: new Access(options.auth, Date.now),
    notifier,
  }
  const server = createLocalServer(
    "registry",
    (request, response, url) => serve(services, request, response, url),
    options.log,
  )
  const port = await listen(server, options.port ?? 0, "registry")
  return {
    port,
    host: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    setNotifications: (endpoints) => notifier.setEndpoints(endpoints),
    async close() {
      await closeServer(server)
      await notifier.close()
    },
  }
}

async function serve(services: Services, request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
  response.setHeader("docker-distribution-api-version", "registry/2.0")
  try {
    if (url.pathname === "/token" && services.access.serveToken(request, response, url)) return
    const route = parseRoute(url.pathname)
    if (!route) return send(response, 404, "404 page not found\n", { "content-type": "text/plain; charset=utf-8" })
    await serveRoute(services, route, request, response, url)
  } catch (error) {
    if (!(error instanceof RegistryError) || response.headersSent) throw error
    sendJson(response, error.status, error, error.headers)
  }
}

async function serveRoute(
  services: Services,
  route: Route,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  const repository = "repository" in route ? route.repository : undefined
  if (repository !== undefined && !isRepositoryName(repository)) {
    throw new RegistryError("NAME_INVALID", "invalid repository name", { name: repository })
  }
  const actor = services.access.require(request, scopeOf(route, request.method, url))
  const { notifier, ...rest } = services
  const exchange: Exchange = {
    ...rest,
    request,
    response,
    url,
    actor,
    notify: (event) => notifier.emit(event, request, actor),
  }
  switch (route.kind) {
    case "version":
      return sendJson(response, 200, {})
    case "catalog":
      return serveCatalog(exchange)
    case "uploads":
      return startUpload(exchange, route.repository)
    case "upload":
      return serveUpload(exchange, route.repository, route.id)
    case "blob":
      return serveBlob(exchange, route.repository, route.digest)
    case "manifest":
      return serveManifest(exchange, route.repository, route.reference)
    case "tags":
      return serveTags(exchange, route.repository)
    case "referrers":
      return serveReferrers(exchange, route.repository, route.digest)
  }
}

function scopeOf(route: Route, method: string | undefined, url: URL): Scope {
  if (route.kind === "version") return { kind: "any" }
  if (route.kind === "catalog") return { kind: "catalog" }
  const { repository } = route
  if (route.kind === "uploads" || route.kind === "upload") {
    const mounted = route.kind === "uploads" && url.searchParams.has("mount") ? url.searchParams.get("from") : null
    return { kind: "repository", repository, permission: "push", ...(mounted !== null && { mounted }) }
  }
  if (method === "DELETE") return { kind: "repository", repository, permission: "delete" }
  return { kind: "repository", repository, permission: method === "GET" || method === "HEAD" ? "pull" : "push" }
}
