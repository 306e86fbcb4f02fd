import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

/** What is served under a path. */
export interface Page {
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string
}

/** A target of the contract's own, on loopback. */
export interface Exporter {
  /** `127.0.0.1:1234` */
  readonly address: string
  /** Serves this from now on; undefined: the connection is cut. */
  serve(path: string, page: Page | undefined): void
  /** The next request to a path that is answered with what is served now. */
  nextRequest(path: string): Promise<IncomingMessage>
  close(): Promise<void>
}

/** Paths that nothing was served under yet are 404. */
export async function startExporter(): Promise<Exporter> {
  const pages = new Map<string, Page | undefined>()
  const waiting = new Map<string, ((request: IncomingMessage) => void)[]>()
  const server = createServer((request, response) => {
    const path = request.url ?? "/"
    const page = pages.get(path)
    response.once("close", () => {
      for (const resolve of waiting.get(path) ?? []) resolve(request)
      waiting.delete(path)
    })
    if (page !== undefined) response.writeHead(page.status ?? 200, page.headers).end(page.body)
    else if (pages.has(path)) response.destroy()
    else response.writeHead(404).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const { port } = server.address() as AddressInfo
  return {
    address: `127.0.0.1:${String(port)}`,
    serve: (path, page) => void pages.set(path, page),
    nextRequest: (path) =>
      new Promise((resolve) => {
        waiting.set(path, [...(waiting.get(path) ?? []), resolve])
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
