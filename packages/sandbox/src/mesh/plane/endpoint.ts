import type { Duplex } from "node:stream"
import { ClientConnection } from "../../http1/index.ts"
import type { PodProxy } from "./pods.ts"

interface Idle {
  readonly connection: ClientConnection
  /** When the peer may close it. */
  readonly until: number
}

/** A connection could not be made: the request was not sent. */
class ConnectFailure extends Error {
  override readonly name = "ConnectFailure"
}

export interface EndpointOptions {
  readonly dial: (ip: string, port: number) => Promise<Duplex>
  readonly now: () => number
}

/** A port of a pod, with the idle connections to it. One object for one address, over all clusters that contain it. */
export class Endpoint {
  /** Requests under way, for LEAST_REQUEST. */
  active = 0
  /** Failed answers in a row, and when an ejected endpoint comes back: see `outlier.ts`. */
  failuresInRow = 0
  ejections = 0
  ejectedUntil = 0

  readonly #options: EndpointOptions
  readonly #idle: Idle[] = []
  readonly #open = new Set<Duplex>()
  #retired = false

  constructor(
    readonly ip: string,
    readonly port: number,
    /** The pod behind the address; undefined for addresses that belong to no pod. */
    public pod: PodProxy | undefined,
    options: EndpointOptions,
  ) {
    this.#options = options
  }

  /**
   * An idle connection that its peer is not just about to close. A server says with `Keep-Alive: timeout=5` when it
   * will; a second before that the connection is not used any more, so that requests do not run into the closing.
   */
  takeIdle(): ClientConnection | undefined {
    const now = this.#options.now()
    for (;;) {
      const idle = this.#idle.pop()
      if (!idle) return undefined
      if (!idle.connection.closed && idle.until > now) return idle.connection
      idle.connection.destroy()
    }
  }

  /** Rejects with ConnectFailure, also when it takes longer than `timeoutMs`. */
  async connect(timeoutMs: number): Promise<ClientConnection> {
    return new ClientConnection(await this.connectRaw(timeoutMs))
  }

  /** The same for protocols other than HTTP. */
  connectRaw(timeoutMs: number): Promise<Duplex> {
    // Nothing listens on a pod's ports from the mesh's point of view while its sidecar is down.
    if (this.pod?.injected && !this.pod.up) return Promise.reject(new ConnectFailure("Connection refused"))
    return new Promise((resolve, reject) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        reject(new ConnectFailure("connection timeout"))
      }, timeoutMs)
      this.#options.dial(this.ip, this.port).then(
        (socket) => {
          clearTimeout(timer)
          if (late) {
            socket.destroy()
            return
          }
          this.#open.add(socket)
          socket.once("close", () => this.#open.delete(socket))
          resolve(socket)
        },
        (error: unknown) => {
          clearTimeout(timer)
          reject(new ConnectFailure(reasonOf(error), { cause: error }))
        },
      )
    })
  }

  /** Takes back a connection that may carry another request. */
  release(connection: ClientConnection): void {
    if (this.#retired || connection.closed) {
      connection.destroy()
      return
    }
    const { keepAliveMs } = connection
    const until = keepAliveMs === undefined ? Infinity : this.#options.now() + Math.max(0, keepAliveMs - 1000)
    const idle: Idle = { connection, until }
    connection.onClose = () => {
      const at = this.#idle.indexOf(idle)
      if (at >= 0) this.#idle.splice(at, 1)
    }
    this.#idle.push(idle)
  }

  /** No cluster contains it any more: idle connections close now, others when their request is done. */
  retire(): void {
    this.#retired = true
    for (const { connection } of this.#idle.splice(0)) connection.destroy()
  }

  /** The other end is gone with all its connections. */
  cut(): void {
    for (const socket of this.#open) socket.destroy()
  }
}

/** Words for the reply to the client, as Envoy prints the system's. */
function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "ECONNREFUSED") return "Connection refused"
  if (code === "ETIMEDOUT") return "connection timeout"
  if (code === "EHOSTUNREACH") return "No route to host"
  if (code === "ENETUNREACH") return "Network is unreachable"
  return error instanceof Error ? error.message : String(error)
}
