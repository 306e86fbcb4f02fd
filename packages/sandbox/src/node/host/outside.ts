import { once } from "node:events"
import { connect, createServer, type Server, type Socket } from "node:net"
import { join } from "../wire/join.ts"
import { sendJson, takeJson } from "../wire/lines.ts"
import type { Answer, OutsideRequest } from "../wire/requests.ts"

const connectLimit = 10_000

/**
 * Connects for the pods' world, which has no way out by itself: to endpoints of Services that are not pods, such as the
 * Kubernetes API on this machine.
 */
export async function serveOutside(path: string): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    // The other end shows by its close; an error without a listener would end the host.
    connection.on("error", () => connection.destroy())
    void serve(connection)
  })
  server.listen(path)
  await once(server, "listening")
  return server
}

async function serve(connection: Socket): Promise<void> {
  const request = await takeJson<OutsideRequest>(connection)
  if (request === undefined) return void connection.destroy()
  const { ip, port } = request
  try {
    const target = connect({ host: ip, port, allowHalfOpen: true, noDelay: true })
    await once(target, "connect", { signal: AbortSignal.timeout(connectLimit) })
    const answer: Answer<null> = { ok: null }
    sendJson(connection, answer)
    join(connection, target)
  } catch (error) {
    const message = error instanceof Error ? error.message.replace(/^connect /, "") : String(error)
    const answer: Answer<null> = { error: { code: "CONNECT_FAILED", message } }
    sendJson(connection, answer)
    connection.end()
  }
}
