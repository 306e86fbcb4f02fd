import net from "node:net"
import tls from "node:tls"
import { outSocket, type HookEnvironment, type Preface } from "./hook-environment.ts"

/** As properties, for here they are values: taken, kept and put in others' place. */
interface SocketPrototype {
  connect: (this: net.Socket, ...args: unknown[]) => net.Socket
}
interface Tls {
  connect: (this: void, ...args: unknown[]) => tls.TLSSocket
}
type Callback = () => void

/** Leads every outgoing TCP connection to the node process, with a line that says where it was to go. */
export function hookConnect({ folder }: HookEnvironment): void {
  const path = outSocket(folder)
  const prototype = net.Socket.prototype as unknown as SocketPrototype
  const { connect } = prototype
  prototype.connect = function (...args) {
    const wanted = wantedTarget(args)
    if (wanted === undefined) return connect.apply(this, args)
    connect.call(this, { path }, wanted.callback)
    const preface: Preface = { host: wanted.host, port: wanted.port }
    this.write(JSON.stringify(preface) + "\n")
    return this
  }
  hookTls(tls as unknown as Tls)
}

/** A TLS socket that connects by itself would encrypt the line: it is given a connected socket instead. */
function hookTls(module: Tls): void {
  const { connect } = module
  module.connect = (...args) => {
    const wanted = wantedTarget(args)
    const options = Object.assign(
      {},
      ...args.filter((argument) => typeof argument === "object"),
    ) as tls.ConnectionOptions
    if (wanted === undefined || options.socket !== undefined) return connect(...args)
    const socket = net.connect({ host: wanted.host, port: wanted.port })
    const servername = options.servername ?? (net.isIP(wanted.host) === 0 ? wanted.host : "")
    return connect({ ...options, servername, socket }, wanted.callback)
  }
}

interface Wanted {
  readonly host: string
  readonly port: number
  readonly callback: Callback | undefined
}

/** The host and port that the arguments of `connect` name; undefined when they name a path. */
function wantedTarget(args: readonly unknown[]): Wanted | undefined {
  // Node's own callers pass `[options, callback]` as one argument.
  const [only] = args
  const list: readonly unknown[] = args.length === 1 && Array.isArray(only) ? only : args
  const callback = list.find((argument): argument is Callback => typeof argument === "function")
  const [first, second] = list
  if (typeof first === "object" && first !== null) {
    const { host, port, path } = first as { host?: string; port?: number | string; path?: string | null }
    // `http.request` passes a path of null.
    if ((path ?? undefined) !== undefined || port === undefined) return undefined
    return { host: host ?? "localhost", port: Number(port), callback }
  }
  if (typeof first === "string" && !/^\d+$/.test(first)) return undefined
  return { host: typeof second === "string" ? second : "localhost", port: Number(first), callback }
}
