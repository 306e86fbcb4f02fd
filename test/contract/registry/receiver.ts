import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { list, text, type Json } from "../harness/json.ts"

export interface Received {
  readonly contentType: string
  readonly authorization: string
  readonly event: Json
}

/** Where a registry sends its notifications to. */
export interface Receiver {
  readonly url: string
  /** Events of repositories whose name begins with `prefix`, in the order of their arrival. */
  of(prefix: string): readonly Received[]
  /** Refuses the next delivery with an event of such a repository. */
  refuseOnce(prefix: string): void
  close(): Promise<void>
}

export async function startReceiver(): Promise<Receiver> {
  const received: (Received & { readonly repository: string })[] = []
  const refused = new Set<string>()
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => {
      const body = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Json
      const events = list(body, "events").map((event) => ({
        event,
        repository: text(event, "target", "repository"),
        contentType: request.headers["content-type"] ?? "",
        authorization: request.headers.authorization ?? "",
      }))
      const refusal = [...refused].find((prefix) => events.some(({ repository }) => repository.startsWith(prefix)))
      if (refusal !== undefined) {
        refused.delete(refusal)
        response.writeHead(500).end()
        return
      }
      received.push(...events)
      response.writeHead(200).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${String(port)}/events`,
    of: (prefix) => received.filter(({ repository }) => repository.startsWith(prefix)),
    refuseOnce: (prefix) => refused.add(prefix),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
