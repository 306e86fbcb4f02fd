import net from "node:net"
import tls from "node:tls"
import { ClientConnection } from "../http1/index.ts"

/** A new connection, and how long it took to make, in seconds. */
export interface Connected {
  readonly connection: ClientConnection
  readonly dns: number
  readonly dial: number
}

/** Connects for requests to `url`, directly or to a proxy. Certificates are not checked, as hey does not. */
export function connect(url: URL, proxy: string | undefined, signal: AbortSignal): Promise<Connected> {
  const started = performance.now()
  const seconds = (): number => (performance.now() - started) / 1000
  const secure = url.protocol === "https:"
  const [host, port] = proxy === undefined ? [hostName(url), portOf(url)] : splitAddress(proxy)
  const socket = secure
    ? tls.connect({ host, port, rejectUnauthorized: false, ...(net.isIP(host) ? {} : { servername: host }) })
    : net.connect({ host, port })
  return new Promise((resolve, reject) => {
    let dns = 0
    const settle = (): void => {
      signal.removeEventListener("abort", onAbort)
      socket.off("error", onError)
    }
    const onAbort = (): void => {
      settle()
      socket.on("error", () => undefined).destroy()
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"))
    }
    const onError = (error: Error): void => {
      settle()
      reject(error)
    }
    signal.addEventListener("abort", onAbort)
    socket.once("lookup", () => (dns = seconds()))
    socket.on("error", onError)
    socket.once(secure ? "secureConnect" : "connect", () => {
      settle()
      resolve({ connection: new ClientConnection(socket), dns, dial: seconds() })
    })
    if (signal.aborted) onAbort()
  })
}

export function portOf(url: URL): number {
  return Number(url.port || (url.protocol === "https:" ? 443 : 80))
}

function hostName(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1")
}

function splitAddress(address: string): [string, number] {
  const url = new URL(/^[a-z]+:\/\//.test(address) ? address : `http://${address}`)
  return [hostName(url), portOf(url)]
}
