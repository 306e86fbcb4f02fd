import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Address } from "../api/index.ts"
import type { Problem } from "../api/types.ts"

export interface StandbyOptions {
  readonly listen: Address
  /** `host:port` of the leader's server of the same kind; undefined while nobody leads. */
  readonly leader: () => string | undefined
  /** Text of `/metrics`; absent: the leader is asked. */
  readonly metrics?: () => Promise<string>
}

/**
 * What a replica answers that does not lead: probes for itself, since it is ready to take over, and all else with the leader's
 * answer. Callers need not know which replica a Service has led them to.
 */
export async function startStandby(options: StandbyOptions): Promise<{ close(): Promise<void> }> {
  const server = createServer((incoming, outgoing) => answer(options, incoming, outgoing))
  await listening(server, options.listen)
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

function answer({ leader, metrics }: StandbyOptions, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const path = incoming.url?.split("?")[0]
  if (path === "/healthz" || path === "/readyz") {
    outgoing.end("ok: standing by\n")
    return
  }
  if (path === "/metrics" && metrics !== undefined) {
    metrics().then(
      (text) => outgoing.setHeader("content-type", "text/plain; version=0.0.4").end(text),
      () => outgoing.writeHead(500).end(),
    )
    return
  }
  const address = leader()
  if (address === undefined) refuse(outgoing)
  else passOn(address, incoming, outgoing)
}

/** Body, answer and server-sent events flow through as they come. */
function passOn(address: string, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const { method = "GET", headers, url = "/" } = incoming
  const onward = request(`http://${address}${url}`, { method, headers }, (answered) => {
    outgoing.writeHead(answered.statusCode ?? 502, answered.headers)
    answered.pipe(outgoing)
    // A leader that dies in the middle must not look like the end of a whole answer.
    answered.on("error", () => outgoing.destroy())
  })
  onward.on("error", () => (outgoing.headersSent ? outgoing.destroy() : refuse(outgoing)))
  outgoing.on("close", () => onward.destroy())
  incoming.pipe(onward)
}

function refuse(outgoing: ServerResponse): void {
  outgoing.writeHead(503, { "content-type": "application/json", "retry-after": "2" })
  const message = "no replica of the agent leads just now; one will within seconds"
  outgoing.end(JSON.stringify({ code: "NOT_LEADING", message, next: "Try again." } satisfies Problem))
}

function listening(server: Server, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, () => {
      server.off("error", reject)
      resolve()
    })
  })
}
