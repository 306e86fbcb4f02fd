import type { IncomingMessage, ServerResponse } from "node:http"
import { deflateSync, gzipSync } from "node:zlib"
import { send } from "../../http/index.ts"
import { apiErrorOf } from "./api-error.ts"
import { Annotated, type ApiContext } from "./context.ts"
import { federated } from "./federate.ts"
import { readParameters } from "./parameters.ts"
import { routeOf } from "./routes.ts"
import { selfMetrics } from "./self-metrics.ts"

const text = { "content-type": "text/plain; charset=utf-8" }
/** As Go's `http.Error` sends it. */
const plainError = { ...text, "x-content-type-options": "nosniff" }
const base = "/api/v1/"

/** Prometheus' HTTP API v1, and the paths beside it that its clients ask. */
export async function answer(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (!isEscapedWell(url.pathname)) return send(response, 400, "400 Bad Request", text)
  if (url.pathname.startsWith(base)) return answerApi(context, request, response, url)
  const isRead = request.method === "GET" || request.method === "HEAD"
  switch (url.pathname) {
    case "/-/healthy":
    case "/-/ready":
      if (!isRead) return notAllowed(response, "GET, HEAD, OPTIONS")
      if (request.method === "HEAD") return send(response, 200)
      return send(response, 200, `Prometheus Server is ${url.pathname === "/-/ready" ? "Ready" : "Healthy"}.\n`, text)
    case "/-/reload":
    case "/-/quit":
      return request.method === "POST" || request.method === "PUT"
        ? send(response, 403, "Lifecycle API is not enabled.", text)
        : send(response, 405, "Only POST or PUT requests allowed", text)
    case "/metrics":
      if (request.method !== "GET") return notAllowed(response, "GET, OPTIONS")
      return send(response, 200, selfMetrics(context), {
        "content-type": "text/plain; version=0.0.4; charset=utf-8",
      })
    case "/federate":
      if (!isRead) return notAllowed(response, "GET, HEAD, OPTIONS")
      return answerFederation(context, response, url)
    default:
      return notFound(response)
  }
}

function answerFederation(context: ApiContext, response: ServerResponse, url: URL): void {
  try {
    const type = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
    return send(response, 200, federated(context, url.searchParams), { "content-type": type })
  } catch (thrown) {
    const error = apiErrorOf(thrown)
    if (error === undefined) throw thrown
    return send(response, error.status, `${error.message}\n`, plainError)
  }
}

async function answerApi(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (request.method === "OPTIONS") return send(response, 204)
  const methods = routeOf(url.pathname.slice(base.length))
  if (methods === undefined) return notFound(response)
  const handler = methods[request.method ?? ""]
  if (handler === undefined) return notAllowed(response, [...Object.keys(methods), "OPTIONS"].sort().join(", "))
  try {
    const data = handler(context, await readParameters(request, url))
    sendCompressed(request, response, 200, { status: "success", ...told(data) })
  } catch (thrown) {
    const error = apiErrorOf(thrown)
    if (error === undefined) throw thrown
    const { status, errorType, message } = error
    sendCompressed(request, response, status, { status: "error", errorType, error: message })
  }
}

const mostTold = 10

function told(data: unknown): object {
  if (!(data instanceof Annotated)) return { data }
  const warnings = shortened(data.warnings, "warning")
  const infos = shortened(data.infos, "info")
  return { data: data.data, ...(warnings.length > 0 && { warnings }), ...(infos.length > 0 && { infos }) }
}

function shortened(told: readonly string[], kind: string): readonly string[] {
  if (told.length <= mostTold) return told
  return [...told.slice(0, mostTold), `${String(told.length - mostTold)} more ${kind} annotations omitted`]
}

/** Rows of numbers hardly get smaller with more effort. */
const fast = { level: 1 } as const

/** In the first encoding that the client names and Prometheus knows. */
function sendCompressed(request: IncomingMessage, response: ServerResponse, status: number, body: object): void {
  const json = JSON.stringify(body)
  const headers = { "content-type": "application/json" }
  const wanted = (request.headers["accept-encoding"] ?? "").split(",")
  const encoding = wanted.map((name) => name.trim()).find((name) => name === "gzip" || name === "deflate")
  if (encoding === undefined) return send(response, status, json, headers)
  const compressed = encoding === "gzip" ? gzipSync(json, fast) : deflateSync(json, fast)
  send(response, status, compressed, { ...headers, "content-encoding": encoding })
}

function isEscapedWell(path: string): boolean {
  return !/%(?![\da-f]{2})/i.test(path)
}

const notFound = (response: ServerResponse): void => send(response, 404, "404 page not found\n", plainError)

const notAllowed = (response: ServerResponse, allow: string): void =>
  send(response, 405, "Method Not Allowed\n", { ...plainError, allow })
