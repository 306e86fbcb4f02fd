import type { IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { WebSocketServer } from "ws"
import { badRequest } from "../errors.ts"
import { OLDEST_KUBECTL } from "../kubectl-version.ts"
import type { NodeBackend, PodRef } from "../node-backend.ts"
import { serveExec } from "./exec.ts"
import { servePortForward } from "./port-forward.ts"

export interface StreamingUpgrade {
  readonly request: IncomingMessage
  readonly socket: Duplex
  readonly head: Buffer
  readonly pod: PodRef
  readonly subresource: "exec" | "attach" | "portforward"
  readonly query: URLSearchParams
  /** Where a pod has several containers and none is named. */
  readonly defaultContainer: string
  readonly backend: NodeBackend
}

const execProtocols = ["v5.channel.k8s.io", "v4.channel.k8s.io"]
const portForwardProtocol = "SPDY/3.1+portforward.k8s.io"

/**
 * Takes over a request that is allowed: `pods/exec` and `pods/attach` over a WebSocket, `pods/portforward` as SPDY within one. A
 * client that speaks only the older SPDY upgrade is told which kubectl is needed. Throws a 400.
 */
export function handleStreamingUpgrade(upgrade: StreamingUpgrade): void {
  const { request, socket, head, subresource } = upgrade
  const offered = (request.headers["sec-websocket-protocol"] ?? "").split(",").map((name) => name.trim())
  if ((request.headers.upgrade ?? "").toLowerCase() !== "websocket") {
    throw badRequest(
      `${subresource} is served over WebSockets only, and this client asked for ${request.headers.upgrade ?? "something else"}: use kubectl ${OLDEST_KUBECTL} or newer, without KUBECTL_REMOTE_COMMAND_WEBSOCKETS=false and KUBECTL_PORT_FORWARD_WEBSOCKETS=false`,
    )
  }
  const protocol =
    subresource === "portforward"
      ? offered.find((name) => name === portForwardProtocol)
      : execProtocols.find((name) => offered.includes(name))
  if (protocol === undefined) throw badRequest(`none of the protocols offered (${offered.join(", ")}) is known`)
  const server = new WebSocketServer({ noServer: true, maxPayload: 32 << 20 })
  // The port-forward protocol's name has a slash, which the library does not take for a token: so it is agreed on here.
  delete request.headers["sec-websocket-protocol"]
  server.once("headers", (headers) => headers.push(`Sec-WebSocket-Protocol: ${protocol}`))
  server.handleUpgrade(request, socket, head, (websocket) => {
    // A connection that breaks is closed; what it served sees the close.
    websocket.on("error", () => websocket.terminate())
    const { pod, backend } = upgrade
    if (subresource === "portforward") servePortForward(websocket, pod, backend)
    else serveExec(websocket, start(upgrade))
  })
}

function start({ pod, subresource, query, defaultContainer, backend }: StreamingUpgrade) {
  const flag = (name: string): boolean => query.get(name) === "true" || query.get(name) === "1"
  const options = { container: query.get("container") ?? defaultContainer, stdin: flag("stdin"), tty: flag("tty") }
  return subresource === "exec"
    ? backend.exec(pod, { ...options, command: query.getAll("command") })
    : backend.attach(pod, options)
}
