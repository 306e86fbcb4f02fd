import { createServer, type IncomingMessage } from "node:http"
import type { AddressInfo } from "node:net"

/** What is served under a path: an answer, or a connection that is cut, or one on which nothing comes. */
export type Page =
  | "cut"
  | "silent"
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body: string | Uint8Array
    }

/** A target of the contract's own, on loopback. */
export interface Exporter {
  /** `127.0.0.1:1234` */
  readonly address: string
  /** Serves this from now on. */
  serve(path: string, page: Page): void
  /** The next request to a path, once its answer is out or its connection is gone. */
  nextRequest(path: string): Promise<IncomingMessage>
  close(): Promise<void>
}

/** Paths that nothing was served under yet are 404. */
export async function startExporter(): Promise<Exporter> {
  const pages = new Map<string, Page>()
  const waiting = new Map<string, ((request: IncomingMessage) => void)[]>()
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").split("?")[0] ?? "/"
    response.once("close", () => {
      const resolves = waiting.get(path) ?? []
      waiting.delete(path)
      for (const resolve of resolves) resolve(request)
    })
    const page = pages.get(path)
    if (page === "cut") response.destroy()
    else if (page === undefined) response.writeHead(404).end()
    else if (page !== "silent") response.writeHead(page.status ?? 200, page.headers).end(page.body)
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
