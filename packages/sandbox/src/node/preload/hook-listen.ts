import { existsSync } from "node:fs"
import net from "node:net"
import { isLoopback, portSocket, type HookEnvironment } from "./hook-environment.ts"

type Callback = () => void
/** As properties, for here they are values: taken, kept and put in others' place. */
interface ServerPrototype {
  listen: (this: net.Server, ...args: unknown[]) => net.Server
  address: (this: net.Server) => net.AddressInfo | string | null
}

const ephemeral = { first: 32_768, count: 28_000 }

/** Leads `server.listen(port)` to a socket in the pod's folder, where the node process finds it by its port. */
export function hookListen({ folder }: HookEnvironment): void {
  const prototype = net.Server.prototype as unknown as ServerPrototype
  const { listen, address } = prototype
  const ports = new WeakMap<net.Server, net.AddressInfo>()

  prototype.listen = function (...args) {
    const wanted = wantedPort(args)
    if (wanted === undefined) return listen.apply(this, args)
    const port = wanted.port === 0 ? freePort(folder) : wanted.port
    const family = net.isIPv4(wanted.host) ? "IPv4" : "IPv6"
    ports.set(this, { port, address: wanted.host, family })
    this.once("close", () => ports.delete(this))
    const path = portSocket(folder, port, isLoopback(wanted.host))
    return listen.call(this, { path, backlog: wanted.backlog }, wanted.callback)
  }
  prototype.address = function () {
    return ports.get(this) ?? address.call(this)
  }
}

interface Wanted {
  readonly port: number
  readonly host: string
  readonly backlog: number | undefined
  readonly callback: Callback | undefined
}

/** The port that the arguments of `listen` name; undefined when they name a path, a handle or a descriptor. */
function wantedPort(args: readonly unknown[]): Wanted | undefined {
  const callback = args.find((argument): argument is Callback => typeof argument === "function")
  const [first, ...rest] = args
  if (typeof first === "object" && first !== null) {
    const { port, host, path, fd, backlog } = first as net.ListenOptions & { fd?: number }
    // A server, socket or handle that is listened on again has no port of its own.
    if (path !== undefined || fd !== undefined || port === undefined) return undefined
    return { port, host: host ?? "::", backlog, callback }
  }
  const isPath = typeof first === "string" && !/^\d+$/.test(first)
  if (isPath) return undefined
  const host = rest.find((argument): argument is string => typeof argument === "string") ?? "::"
  const backlog = rest.find((argument): argument is number => typeof argument === "number")
  return { port: typeof first === "function" ? 0 : Number(first ?? 0), host, backlog, callback }
}

function freePort(folder: string): number {
  for (;;) {
    const port = ephemeral.first + Math.floor(Math.random() * ephemeral.count)
    if (!existsSync(portSocket(folder, port, false)) && !existsSync(portSocket(folder, port, true))) return port
  }
}
