import { STATUS_CODES, type IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { ApiError } from "../client.ts"
import { internalError, methodNotAllowed, notServed, statusOf } from "../errors.ts"
import { handleStreamingUpgrade } from "../streaming/index.ts"
import { attributesOf, authorize, type HandlerContext, identify } from "./handler.ts"
import { requireBackend, STREAMS, streamedPod } from "./pods.ts"
import { requestInfo } from "./request-info.ts"

/** A request to leave HTTP: authorized like any other, then handed on to the streams of exec, attach and port-forward. */
export function handleUpgrade(context: HandlerContext, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  // Clients break off; what they used ends with the socket.
  socket.on("error", () => socket.destroy())
  try {
    startStream(context, request, socket, head)
  } catch (error) {
    if (!(error instanceof ApiError)) context.log("upgrade failed", { path: request.url, error })
    refuse(socket, error instanceof ApiError ? error : internalError(String(error)))
  }
}

function startStream(context: HandlerContext, request: IncomingMessage, socket: Duplex, head: Buffer): void {
  const url = new URL(request.url ?? "/", "https://kubernetes")
  const info = requestInfo(request.method ?? "GET", url)
  if (info?.isResource !== true) throw notServed()
  authorize(context.rbac, attributesOf(identify(context, request), info))
  const { subresource, namespace, name } = info
  const resource = context.machinery.catalog.find(info)
  if (resource?.storage !== "pods" || !STREAMS.has(subresource)) throw notServed()
  if (resource.subresources.get(subresource)?.verbs.includes(info.verb) !== true) throw methodNotAllowed()
  const query = url.searchParams
  const defaultContainer = streamedPod(context.machinery, { resource, namespace, name, subresource }, query)
  handleStreamingUpgrade({
    request,
    socket,
    head,
    pod: { namespace, name },
    subresource: subresource as "exec" | "attach" | "portforward",
    query,
    defaultContainer,
    backend: requireBackend(context.backend()),
  })
}

function refuse(socket: Duplex, error: ApiError): void {
  const body = JSON.stringify(statusOf(error))
  socket.end(
    [
      `HTTP/1.1 ${error.code} ${STATUS_CODES[error.code] ?? "Error"}`,
      "content-type: application/json",
      `content-length: ${Buffer.byteLength(body)}`,
      "connection: close",
      "",
      body,
    ].join("\r\n"),
  )
}
