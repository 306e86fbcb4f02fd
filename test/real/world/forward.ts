import { createServer as createHttpServer, request, type IncomingMessage, type ServerResponse } from "node:http"
import { connect, createServer, type AddressInfo, type Socket } from "node:net"

export interface Forward {
  readonly port: number
  /** Ends what goes through it, too. */
  close(): Promise<void>
}

/** Listens on one address and passes each connection on to another, asked for anew each time; a free port by default. */
export async function forward(
  host: string,
  target: () => Promise<{ readonly host: string; readonly port: number }>,
  port = 0,
): Promise<Forward> {
  const open = new Set<Socket>()
  const server = createServer((socket) => {
    open.add(socket)
    socket.on("close", () => open.delete(socket))
    socket.on("error", () => socket.destroy())
    target().then(
      (there) => {
        const onward = connect(there)
        // Either side's end, in order or not, ends the other.
        socket.on("close", () => onward.destroy())
        onward.on("error", () => socket.destroy())
        socket.pipe(onward).pipe(socket)
      },
      () => socket.destroy(),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(port, host, resolve)
  })
  return {
    port: (server.address() as AddressInfo).port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        for (const socket of open) socket.destroy()
      }),
  }
}

/** The same for HTTP, as a reverse proxy does: the server behind sees its own address as Host. */
export async function forwardHttp(host: string, target: URL): Promise<Forward> {
  const server = createHttpServer((incoming, outgoing) => passOn(incoming, outgoing, target))
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject)
    server.listen(Number(target.port), host, resolve)
  })
  return {
    port: Number(target.port),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

/** Sends a request on to another server, and its answer back; an answer that breaks off breaks off here, too. */
export function passOn(incoming: IncomingMessage, outgoing: ServerResponse, target: URL): void {
  const headers = { ...incoming.headers, host: target.host }
  const onward = request(
    new URL(incoming.url ?? "/", target),
    { method: incoming.method ?? "GET", headers },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.on("error", () => outgoing.destroy())
      answer.pipe(outgoing)
    },
  )
  onward.on("error", () => outgoing.destroy())
  incoming.pipe(onward)
}
