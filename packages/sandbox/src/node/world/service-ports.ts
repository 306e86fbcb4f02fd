import { createServer, type Server, type Socket } from "node:net"
import type { Log } from "../../log.ts"

/** Listens on a set of ports of every address, which follows what Services there are. */
export class ServicePorts {
  private readonly servers = new Map<number, Server>()

  constructor(
    private readonly accept: (socket: Socket) => void,
    private readonly log: Log,
  ) {}

  set(ports: ReadonlySet<number>): void {
    for (const [port, server] of this.servers) {
      if (ports.has(port)) continue
      // Connections go on; new ones are refused.
      server.close()
      this.servers.delete(port)
    }
    for (const port of ports) if (!this.servers.has(port)) this.listen(port)
  }

  private listen(port: number): void {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, this.accept)
    server.on("error", (error) => this.log("a Service port cannot be served", { port, error: error.message }))
    server.listen({ port, host: "0.0.0.0", backlog: 4096 })
    this.servers.set(port, server)
  }
}
