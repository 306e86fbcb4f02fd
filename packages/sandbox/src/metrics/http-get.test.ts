import { once } from "node:events"
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
