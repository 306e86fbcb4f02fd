import { createServer, type IncomingHttpHeaders } from "node:http"
import type { AddressInfo } from "node:net"

export interface Delivery {
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

export interface HookReceiver {
  readonly url: string
  /** What was taken, in the order of its arrival. */
  readonly taken: readonly Delivery[]
  /** Answers the next delivery with this status, and does not take it. */
  readonly refuseOnce: (status: number) => void
  close(): Promise<void>
}

/** Where a git host sends its events to. */
export async function startHookReceiver(): Promise<HookReceiver> {
  const taken: Delivery[] = []
  const refusals: number[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const refusal = refusals.shift()
      if (refusal === undefined) taken.push({ headers: request.headers, body: Buffer.concat(chunks) })
      response.writeHead(refusal ?? 204).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/hook`,
    taken,
    refuseOnce: (status) => void refusals.push(status),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
