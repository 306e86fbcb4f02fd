import { webcrypto } from "node:crypto"
import { createServer as createPlain, request, type RequestListener } from "node:http"
import { createServer as createSecure } from "node:https"
import { connect, type AddressInfo, type Server, type Socket } from "node:net"
import { systemClock } from "../runtime/index.ts"
import { Outbound, type OutboundOptions } from "./outbound.ts"

/** The way out without proxies and bundle, unless a test gives some. */
export function testOutbound(more: Partial<OutboundOptions> = {}): Outbound {
  return new Outbound({ environment: {}, clock: systemClock, log: () => {}, ...more })
}

export interface PrivateAuthority {
  /** PEM of the authority. */
  readonly authority: string
  /** Of a server that it vouches for, under `localhost`, 127.0.0.1 and `*.private.test`. */
  readonly cert: string
  readonly key: string
}

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }
const dayMs = 86_400_000

/** An authority that nobody knows, made on the spot, and a server's certificate of it. */
export async function privateAuthority(): Promise<PrivateAuthority> {
  await import("reflect-metadata")
  const x509 = await import("@peculiar/x509")
  x509.cryptoProvider.set(globalThis.crypto)
  const keys = () => webcrypto.subtle.generateKey(algorithm, true, ["sign", "verify"])
  const [ours, theirs] = await Promise.all([keys(), keys()])
  const now = Date.now()
  const shared = {
    signingAlgorithm: algorithm,
    notBefore: new Date(now - dayMs),
    notAfter: new Date(now + dayMs),
  }
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...shared,
    name: `CN=private ${Math.random().toString(36).slice(2)}`,
    keys: ours,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
    ],
  })
  const server = await x509.X509CertificateGenerator.create({
    ...shared,
    subject: "CN=server",
    issuer: authority.subject,
    publicKey: theirs.publicKey,
    signingKey: ours.privateKey,
    extensions: [
      new x509.SubjectAlternativeNameExtension([
        { type: "ip", value: "127.0.0.1" },
        { type: "dns", value: "localhost" },
        { type: "dns", value: "*.private.test" },
      ]),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
    ],
  })
  const key = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", theirs.privateKey)).toString("base64")
  return {
    authority: authority.toString("pem"),
    cert: server.toString("pem"),
    key: `-----BEGIN PRIVATE KEY-----\n${key.replaceAll(/(.{64})/g, "$1\n")}\n-----END PRIVATE KEY-----\n`,
  }
}

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** HTTPS with a certificate of this authority, or plain HTTP without one. */
export function serve(listener: RequestListener, identity?: PrivateAuthority): Promise<Listening> {
  return listening(identity === undefined ? createPlain(listener) : createSecure(identity, listener))
}

/** The same server by HTTPS, for one that has none. */
export function inFrontOf(port: number, identity: PrivateAuthority): Promise<Listening> {
  return serve((incoming, outgoing) => {
    const { method = "GET", headers, url: path = "/" } = incoming
    // Servers on loopback answer to no other name.
    const to = { host: "127.0.0.1", port, method, path, headers: { ...headers, host: `127.0.0.1:${port}` } }
    const onward = request(to, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(outgoing)
    })
    onward.on("error", () => outgoing.destroy())
    incoming.pipe(onward)
  }, identity)
}

export interface TestProxy extends Listening {
  /** What passed, in order: `CONNECT host:port` or `GET http://…`. */
  readonly passed: string[]
}

export interface TestProxyOptions {
  /** `user:password`; absent: anybody may pass. */
  readonly login?: string
}

/**
 * A forward proxy that counts what passes. Every name is this machine to it, so that a name which only it knows shows which
 * way a request went.
 */
export async function startTestProxy({ login }: TestProxyOptions = {}): Promise<TestProxy> {
  const passed: string[] = []
  const expected = login === undefined ? undefined : `Basic ${Buffer.from(login).toString("base64")}`
  const server = createPlain((incoming, outgoing) => {
    const { method = "GET", url = "/", headers } = incoming
    if (expected !== undefined && headers["proxy-authorization"] !== expected) {
      outgoing.writeHead(407, { "proxy-authenticate": 'Basic realm="proxy"' }).end()
      return
    }
    passed.push(`${method} ${url}`)
    const { port, pathname, search, host } = new URL(url)
    const { "proxy-authorization": _login, "proxy-connection": _keep, ...rest } = headers
    const to = { host: "127.0.0.1", port: port || 80, path: `${pathname}${search}`, method, headers: { ...rest, host } }
    const onward = request(to, (answered) => {
      outgoing.writeHead(answered.statusCode ?? 502, answered.headers)
      answered.pipe(outgoing)
    })
    onward.on("error", () => outgoing.destroy())
    incoming.pipe(onward)
  })
  server.on("connect", (incoming, socket: Socket) => {
    socket.on("error", () => socket.destroy())
    if (expected !== undefined && incoming.headers["proxy-authorization"] !== expected) {
      socket.end(
        'HTTP/1.1 407 Proxy Authentication Required\r\nproxy-authenticate: Basic realm="proxy"\r\nconnection: close\r\ncontent-length: 0\r\n\r\n',
      )
      return
    }
    passed.push(`CONNECT ${incoming.url ?? ""}`)
    const onward = connect(Number(incoming.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n")
      socket.pipe(onward).pipe(socket)
    })
    onward.on("error", () => socket.destroy())
    socket.on("close", () => onward.destroy())
  })
  return { ...(await listening(server)), passed }
}

/** On loopback; closing it also ends what is still open, tunnels included. */
export async function listening(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on("connection", (socket: Socket) => {
    sockets.add(socket)
    socket.once("close", () => sockets.delete(socket))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()))
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}
