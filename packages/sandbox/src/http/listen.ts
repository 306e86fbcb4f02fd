import type { Server } from "node:http"
import type { AddressInfo, Server as NetServer } from "node:net"

/** A wanted port is taken. Code `PORT_IN_USE`. */
class PortInUseError extends Error {
  override readonly name = "PortInUseError"
  readonly code = "PORT_IN_USE"
  constructor(
    readonly port: number,
    what: string,
  ) {
    super(
      `Port ${port} on 127.0.0.1, wanted for the ${what}, is in use by another program. ` +
        `Stop that program or choose another port (0 takes a free one).`,
    )
  }
}

/** Listens on 127.0.0.1 and resolves to the port in use; 0 takes a free one. `what` names the server in the error. */
export function listen(server: NetServer, port: number, what: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const failed = (error: NodeJS.ErrnoException) =>
      reject(error.code === "EADDRINUSE" ? new PortInUseError(port, what) : error)
    server.once("error", failed)
    server.listen(port, "127.0.0.1", () => {
      server.off("error", failed)
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Stops listening and ends open connections, also streams that would never end by themselves. May be called again. */
export function closeServer(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()))
    server.closeAllConnections()
  })
}
