import { createServer } from "node:net"
import { SerinError } from "../errors.ts"

export interface Address {
  readonly host: string
  readonly port: number
}

/** Rejects with LISTEN_IN_USE when another program has the address: asked before anything is begun that would have to be undone. */
export function requireFree(address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    const probe = createServer()
    probe.once("error", (error) => reject(listenFailure(address, error)))
    probe.listen(address.port, address.host, () => probe.close(() => resolve()))
  })
}

/** An address that is taken, in words; any other failure as it is. */
export function listenFailure({ host, port }: Address, error: unknown): unknown {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE"
    ? new SerinError("LISTEN_IN_USE", `port ${port} on ${host} is in use by another program`, { cause: error })
    : error
}
