import { randomUUID } from "node:crypto"
import { createServer as createPlainServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import { createServer } from "node:https"
import type { Duplex } from "node:stream"
import { closeServer, listen } from "../../http/index.ts"
import { ApiError } from "../client.ts"
import { internalError } from "../errors.ts"
import { type Exchange, sendError } from "./respond.ts"
import type { Certificates } from "./tls.ts"

export type Handle = (exchange: Exchange) => Promise<void>
export type HandleUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

export interface ServerOptions {
  readonly port: number
  readonly certificates: Certificates
  /** A second listener without TLS, for programs of the same world. */
  readonly socketPath?: string
  readonly handle: Handle
  readonly upgrade: HandleUpgrade
  readonly log: (message: string, fields?: Record<string, unknown>) => void
}

export interface RunningServer {
  readonly url: string
  readonly port: number
  close(): Promise<void>
}

/** Listens on 127.0.0.1 only. Rejects with a PortInUseError when the port is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(options, request, response)
  }
  const { certificate, key } = options.certificates
  const secure = createServer({ cert: certificate, key, keepAliveTimeout: 120_000 }, listener)
  const servers: Server[] = [secure]
  secure.on("upgrade", options.upgrade)
  const port = await listen(secure, options.port, "Kubernetes API")
  if (options.socketPath !== undefined) {
    const plain = createPlainServer({ keepAliveTimeout: 120_000 }, listener)
    plain.on("upgrade", options.upgrade)
    await listenOnPath(plain, options.socketPath)
    servers.push(plain)
  }
  return {
    url: `https://127.0.0.1:${port}`,
    port,
    close: async () => {
      await Promise.all(servers.map(closeServer))
    },
  }
}

async function answer(options: ServerOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  response.setHeader("audit-id", randomUUID())
  response.setHeader("cache-control", "no-cache, private")
  const exchange: Exchange = {
    request,
    response,
    url: new URL(request.url ?? "/", "https://kubernetes"),
    warnings: new Set(),
  }
  try {
    await options.handle(exchange)
  } catch (error) {
    if (!(error instanceof ApiError)) options.log("request failed", { path: exchange.url.pathname, error })
    if (response.headersSent) response.destroy()
    else await sendError(exchange, error instanceof ApiError ? error : internalError(String(error)))
  }
}

function listenOnPath(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject)
    server.listen(path, () => {
      server.off("error", reject)
      resolve()
    })
  })
}
