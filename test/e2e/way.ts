import { once } from "node:events"
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"

/** A way to a server on this machine that can be closed, as a network is, while the server goes on for everybody else. */
export class Way {
  readonly #port: number
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  /** Kept over a closing: who knew the way finds it again. */
  #own = 0
  /** Connections that came this way. */
  taken = 0

  private constructor(port: number) {
    this.#port = port
  }

  static async to(url: string): Promise<Way> {
    const way = new Way(Number(new URL(url).port))
    await way.open()
    return way
  }

  get url(): string {
    return `http://127.0.0.1:${this.#own}`
  }

  async open(): Promise<void> {
    const server = createServer((socket) => this.#relay(socket))
    server.listen(this.#own, "127.0.0.1")
    await once(server, "listening")
    this.#own = (server.address() as AddressInfo).port
    this.#server = server
  }

  /** From now on connections are refused; those that there are break. */
  async close(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    const closed = once(server, "close")
    server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #relay(from: Socket): void {
    this.taken += 1
    const to = connect(this.#port, "127.0.0.1")
    for (const [one, other] of [
      [from, to],
      [to, from],
    ] as const) {
      this.#sockets.add(one)
      one.pipe(other)
      // Either end may break at any time: that is what the test is about, and the other end is told by its own breaking.
      one.on("error", () => other.destroy())
      one.on("close", () => {
        this.#sockets.delete(one)
        other.destroy()
      })
    }
  }
}
