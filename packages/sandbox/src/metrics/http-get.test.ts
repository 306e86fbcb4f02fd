import { once } from "node:events"
import { createServer as createHttpServer } from "node:http"
import { createServer, connect, type AddressInfo, type Server, type Socket } from "node:net"
import { afterEach, beforeEach, expect, test } from "vitest"
import { httpGet, type Dial } from "./http-get.ts"

/** A target that takes connections and never answers. */
let silent: Server
const sockets = new Set<Socket>()
beforeEach(async () => {
  silent = createServer((socket) => sockets.add(socket)).listen(0, "127.0.0.1")
  await once(silent, "listening")
})
afterEach(() => {
  for (const socket of sockets) socket.destroy()
  silent.close()
})

const get = (dial: Dial) => {
  const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/metrics`)
  return httpGet({ dial, url, headers: {}, timeout: 50, followRedirects: true })
}
const dial: Dial = async (host, port) => {
  const socket = connect(port, host)
  await once(socket, "connect")
  return socket
}

test("a target that never answers is given up at its deadline", async () => {
  await expect(get(dial)).rejects.toThrow("context deadline exceeded")
})

test("a connection that comes after the deadline ends nothing but its request, and is closed", async () => {
  let late: Socket | undefined
  const slow: Dial = async (host, port, signal) => {
    late = connect(port, host)
    await Promise.all([once(late, "connect"), signal.aborted || once(signal, "abort")])
    return late
  }
  await expect(get(slow)).rejects.toThrow("context deadline exceeded")
  await expect.poll(() => late?.destroyed).toBe(true)
})

test("a connection that never comes is given up at the deadline too", async () => {
  await expect(get(() => new Promise(() => undefined))).rejects.toThrow("context deadline exceeded")
})

test("who asks can give up before the deadline", async () => {
  const stop = new AbortController()
  const url = new URL(`http://127.0.0.1:${(silent.address() as AddressInfo).port}/metrics`)
  const got = httpGet({ dial, url, headers: {}, timeout: 3_600_000, followRedirects: true, signal: stop.signal })
  const refused = expect(got).rejects.toThrow("context deadline exceeded")
  await once(silent, "connection")
  stop.abort()
  await refused
})

test("credentials do not follow a redirection to another host", async () => {
  const seen: (string | undefined)[] = []
  const servers = ["", ""].map(() =>
    createHttpServer((request, response) => {
      seen.push(request.headers.authorization)
      if (seen.length === 1) response.writeHead(302, { location: `http://127.0.0.1:${portOf(1)}/` }).end()
      else response.end("reached")
    }).listen(0, "127.0.0.1"),
  )
  const portOf = (index: number) => (servers[index]?.address() as AddressInfo | undefined)?.port ?? 0
  await Promise.all(servers.map((server) => once(server, "listening")))
  try {
    const url = new URL(`http://127.0.0.1:${portOf(0)}/`)
    const headers = { authorization: "Bearer secret" }
    const got = await httpGet({ dial, url, headers, timeout: 10_000, followRedirects: true })
    expect([got.body.toString(), ...seen]).toEqual(["reached", "Bearer secret", undefined])
  } finally {
    for (const server of servers) server.close()
  }
})
