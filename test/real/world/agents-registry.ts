import { createServer, type ServerResponse } from "node:http"
import { passOn } from "./forward.ts"
import type { RealRegistry } from "./registry.ts"
import { gateway } from "./namespaces.ts"

/** What the registry says instead of an answer. */
export interface Refusal {
  readonly status: 429 | 500
  /** Seconds. */
  readonly retryAfter?: number
}

/** A request that was refused, at this moment (ms since the epoch). */
export interface Refused {
  readonly at: number
  readonly status: number
}

/** The registry as the agent sees it: a proxy that can refuse. Node, builder and people reach the registry itself. */
export interface AgentsRegistry {
  readonly url: string
  /** From now on every request is refused like this; undefined: passed on again. */
  refuse(how: Refusal | undefined): void
  /** All that were refused so far, oldest first. */
  readonly refused: readonly Refused[]
  close(): Promise<void>
}

const port = 5001

export async function startAgentsRegistry({ url }: Pick<RealRegistry, "url">): Promise<AgentsRegistry> {
  const refused: Refused[] = []
  let refusal: Refusal | undefined
  const server = createServer((incoming, outgoing) => {
    if (refusal !== undefined) {
      refused.push({ at: Date.now(), status: refusal.status })
      sendRefusal(outgoing, refusal)
      return
    }
    passOn(incoming, outgoing, new URL(url))
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, gateway, resolve)
  })
  return {
    url: `http://${gateway}:${String(port)}`,
    refuse: (how) => (refusal = how),
    refused,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** As the distribution specification has its errors. */
function sendRefusal(outgoing: ServerResponse, { status, retryAfter }: Refusal): void {
  const code = status === 429 ? "TOOMANYREQUESTS" : "UNKNOWN"
  const headers = { "content-type": "application/json", ...(retryAfter && { "retry-after": String(retryAfter) }) }
  outgoing.writeHead(status, headers).end(JSON.stringify({ errors: [{ code, message: "refused for a test" }] }))
}
