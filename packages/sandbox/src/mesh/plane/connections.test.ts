import { once } from "node:events"
import net from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import http from "node:http"
import { answering, metric, TestWorld, until, type TestPod } from "../testing/world.ts"

let world: TestWorld
let client: TestPod

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  client = await world.addPod("loadtest", { app: "loadtest" })
})
afterEach(() => world.close())

/** Sends bytes as they are and gives what came until the server closes, or until `enough`. */
async function raw(port: number, text: string, enough = /(?!)/): Promise<string> {
  const socket = net.connect(port, "127.0.0.1")
  let got = ""
  socket.on("data", (chunk) => (got += chunk.toString("latin1")))
  let closed = false
  socket.on("close", () => (closed = true)).on("error", () => (closed = true))
  socket.write(text, "latin1")
  await until(() => closed || enough.test(got))
  socket.destroy()
  return got
}

describe("HTTP/1.1", () => {
  const get = (path: string) => `GET ${path} HTTP/1.1\r\nhost: podinfo:9898\r\n\r\n`

  it("answers pipelined requests in their order", async () => {
    await world.addPod(
      "pod",
      { app: "podinfo" },
      {
        app: (request, response) => setTimeout(() => response.end(`<${request.url}>`), request.url === "/1" ? 10 : 0),
      },
    )
    world.apply()
    const got = await raw(await world.pathFrom(client, "podinfo:9898"), get("/1") + get("/2") + get("/3"), /<\/3>/)
    expect(got.match(/<\/\d>/g)).toEqual(["</1>", "</2>", "</3>"])
  })

  it("passes bodies on as they come, in both directions", async () => {
    await world.addPod("echo", { app: "podinfo" }, { app: (request, response) => request.pipe(response) })
    world.apply()
    const port = await world.pathFrom(client, "podinfo:9898")
    const socket = net.connect(port, "127.0.0.1")
    let got = ""
    socket.on("data", (chunk) => (got += chunk.toString("latin1")))
    socket.write("POST / HTTP/1.1\r\nhost: podinfo:9898\r\ntransfer-encoding: chunked\r\n\r\n4\r\nping\r\n")
    await until(() => got.includes("ping"))
    socket.write("4\r\npong\r\n0\r\n\r\n")
    await until(() => got.endsWith("0\r\n\r\n"))
    expect(got).toContain("pong")
    socket.destroy()
  })

  it("carries a body of many megabytes against a slow reader", async () => {
    const size = 8 * 1024 * 1024
    await world.addPod("echo", { app: "podinfo" }, { app: (request, response) => request.pipe(response) })
    world.apply()
    const port = await world.pathFrom(client, "podinfo:9898")
    const body = Buffer.alloc(size, "z")
    const received = await new Promise<number>((resolve, reject) => {
      const outgoing = http.request({ port, method: "POST", headers: { host: "podinfo:9898" } }, (incoming) => {
        let count = 0
        incoming.on("data", (chunk: Buffer) => {
          count += chunk.length
          incoming.pause()
          setImmediate(() => incoming.resume())
        })
        incoming.on("end", () => resolve(count))
      })
      outgoing.on("error", reject)
      outgoing.end(body)
    })
    expect(received).toBe(size)
  })

  it("keeps the client's connection although the application ends its answer by closing", async () => {
    const server = net.createServer((socket) => socket.on("data", () => socket.end("HTTP/1.0 200 OK\r\n\r\nold style")))
    await world.addPod("old", { app: "podinfo" }, { app: server })
    world.apply()
    const got = await raw(
      await world.pathFrom(client, "podinfo:9898"),
      get("/") + get("/"),
      /(old style[^]*){2}0\r\n\r\n$/,
    )
    expect(got.match(/transfer-encoding: chunked/g)).toHaveLength(2)
  })

  it("relays 100 Continue", async () => {
    await world.addPod("pod", { app: "podinfo" }, { app: (request, response) => request.pipe(response) })
    world.apply()
    const head = "POST / HTTP/1.1\r\nhost: podinfo:9898\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    expect(await raw(await world.pathFrom(client, "podinfo:9898"), head, /\r\n\r\n/)).toMatch(
      /^HTTP\/1\.1 100 Continue/,
    )
  })

  it.each([
    ["HTTP/1.0", "GET / HTTP/1.0\r\nhost: a\r\n\r\n", 426],
    ["no Host", "GET / HTTP/1.1\r\n\r\n", 400],
    ["a request line of two words", "GET /\r\n\r\n", 400],
    ["a space before the colon", "GET / HTTP/1.1\r\nhost : a\r\n\r\n", 400],
    ["a folded line", "GET / HTTP/1.1\r\nhost: a\r\n b\r\n\r\n", 400],
    [
      "length and chunked",
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",
      400,
    ],
    ["two lengths", "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n", 400],
    ["an unknown coding", "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip\r\n\r\n", 501],
    ["a head without end", `GET / HTTP/1.1\r\nhost: a\r\nx: ${"y".repeat(70_000)}`, 431],
    ["too many fields", `GET / HTTP/1.1\r\n${"x: y\r\n".repeat(120)}\r\n`, 431],
  ])("refuses %s", async (_name, text, status) => {
    world.apply()
    await world.addPod("pod", { app: "podinfo" }, { app: answering("never") })
    world.apply()
    const got = await raw(await world.pathFrom(client, "podinfo:9898"), text)
    expect(got).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
  })

  it("breaks off at broken chunk framing in a request's body", async () => {
    await world.addPod("pod", { app: "podinfo" }, { app: () => undefined })
    world.apply()
    const head = "POST / HTTP/1.1\r\nhost: podinfo:9898\r\ntransfer-encoding: chunked\r\n\r\n2\r\nabc\r\n"
    expect(await raw(await world.pathFrom(client, "podinfo:9898"), head)).toBe("")
  })

  it("does not pass on what concerns one connection only", async () => {
    await world.addPod(
      "pod",
      { app: "podinfo" },
      { app: (request, response) => response.end(request.rawHeaders.join(" ")) },
    )
    world.apply()
    const headers = { connection: "keep-alive, x-hop", "x-hop": "1", "proxy-connection": "keep-alive", te: "gzip" }
    const { body } = await world.call(client, "podinfo:9898", { headers })
    expect(body).not.toMatch(/x-hop|proxy-connection|\bte\b/i)
  })

  it("carries WebSockets", async () => {
    const server = http.createServer()
    new WebSocketServer({ server }).on("connection", (socket) => {
      socket.on("message", (data: Buffer) => socket.send(`echo ${data.toString()}`))
    })
    await world.addPod("ws", { app: "podinfo" }, { app: server })
    world.apply()
    const port = await world.pathFrom(client, "podinfo:9898")
    const socket = new WebSocket(`ws://127.0.0.1:${port}/chat`, { headers: { host: "podinfo:9898" } })
    await once(socket, "open")
    socket.send("hello")
    const [message] = (await once(socket, "message")) as [Buffer]
    expect(message.toString()).toBe("echo hello")
    socket.close()
    await once(socket, "close")
    const stats = (): string => world.plane.stats({ podUid: client.uid })
    await until(() => metric(stats(), "istio_requests_total", { response_code: "101" }) === 1)
  })
})

describe("other protocols", () => {
  const echo = (): net.Server => net.createServer((socket) => socket.pipe(socket))
  const greeter = (): net.Server => net.createServer((socket) => socket.end("220 welcome\r\n"))

  it("pass a TCP port in both directions, with half-close", async () => {
    await world.addPod("echo", { app: "echo" }, { app: echo(), port: 7 })
    world.addService("echo", [{ name: "tcp", port: 7 }])
    world.apply()
    const socket = net.connect(await world.pathFrom(client, "echo:7"), "127.0.0.1")
    let got = ""
    socket.on("data", (chunk) => (got += chunk.toString()))
    socket.end("all of it")
    await once(socket, "close")
    expect(got).toBe("all of it")
  })

  it("may have the server speak first on a TCP port", async () => {
    await world.addPod("smtp", { app: "smtp" }, { app: greeter(), port: 25 })
    world.addService("smtp", [{ port: 25 }])
    world.apply()
    expect(await raw(await world.pathFrom(client, "smtp:25"), "")).toBe("220 welcome\r\n")
  })

  it("are told from HTTP by their first bytes on a port that does not say", async () => {
    await world.addPod("both", { app: "both" }, { app: echo(), port: 7 })
    await world.addPod("web", { app: "web" }, { app: answering("web"), port: 7 })
    world.addService("both", [{ port: 7 }])
    world.addService("web", [{ port: 7 }])
    world.apply()
    expect(await raw(await world.pathFrom(client, "both:7"), "\x01\x02hello", /hello/)).toBe("\x01\x02hello")
    expect((await world.call(client, "web:7")).headers["server"]).toBe("envoy")
  })

  it("follow the weights of tcp routes, by connection", async () => {
    const name = (text: string): net.Server => net.createServer((socket) => socket.end(text))
    await world.addPod("a", { app: "db", version: "a" }, { app: name("a"), port: 5432 })
    await world.addPod("b", { app: "db", version: "b" }, { app: name("b"), port: 5432 })
    world.addService("db", [{ name: "tcp", port: 5432 }])
    world.rule({ host: "db", subsets: ["a", "b"].map((version) => ({ name: version, labels: { version } })) })
    const destination = (subset: string, weight: number) => ({ destination: { host: "db", subset }, weight })
    world.route({ hosts: ["db"], tcp: [{ route: [destination("a", 0), destination("b", 100)] }] })
    world.apply()
    const port = await world.pathFrom(client, "db:5432")
    for (let i = 0; i < 20; i++) expect(await raw(port, "")).toBe("b")
  })

  it("are refused when no pod is ready or the pod refuses", async () => {
    world.addService("db", [{ name: "tcp", port: 5432 }])
    world.apply()
    expect(await raw(await world.pathFrom(client, "db:5432"), "")).toBe("")
    await world.addPod("db", { app: "db" })
    world.apply()
    expect(await raw(await world.pathFrom(client, "db:5432"), "")).toBe("")
    const stats = world.plane.stats({ podUid: client.uid })
    expect(metric(stats, "istio_tcp_connections_opened_total", { response_flags: "UH" })).toBe(1)
    expect(metric(stats, "istio_tcp_connections_opened_total", { response_flags: "UF" })).toBe(1)
  })
})

describe("a pod without sidecar", () => {
  it("reaches all ready pods, by connection, whatever VirtualServices say", async () => {
    const plain = await world.addPod("plain", { app: "plain" }, { injected: false })
    for (const name of ["a", "b"])
      await world.addPod(name, { app: "podinfo" }, { app: answering(name), injected: false })
    world.route({ hosts: ["podinfo"], http: [{ directResponse: { status: 418 } }] })
    world.apply()
    const seen = new Set<string>()
    for (let i = 0; i < 40; i++) seen.add((await world.call(plain, "podinfo:9898")).body)
    expect([...seen].sort()).toEqual(["a", "b"])
    const stats = world.plane.stats({ podUid: plain.uid })
    expect(stats).toBe("")
  })

  it("is refused when no pod is ready", async () => {
    const plain = await world.addPod("plain", { app: "plain" }, { injected: false })
    world.apply()
    await expect(world.call(plain, "podinfo:9898")).rejects.toThrow(/ECONNRESET|socket hang up/)
  })
})

describe("load balancing", () => {
  it.each(["ROUND_ROBIN", "RANDOM", "LEAST_REQUEST"])("%s reaches all pods", async (simple) => {
    for (const name of ["a", "b", "c"]) await world.addPod(name, { app: "podinfo" }, { app: answering(name) })
    world.rule({ host: "podinfo", trafficPolicy: { loadBalancer: { simple } } })
    world.apply()
    const bodies: string[] = []
    for (let i = 0; i < 60; i++) bodies.push((await world.call(client, "podinfo:9898")).body)
    const counts = ["a", "b", "c"].map((name) => bodies.filter((body) => body === name).length)
    if (simple === "ROUND_ROBIN") expect(counts).toEqual([20, 20, 20])
    else for (const count of counts) expect(count).toBeGreaterThan(5)
  })
})
