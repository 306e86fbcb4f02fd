import http from "node:http"
import net from "node:net"
import { once } from "node:events"
import { afterEach, beforeEach, expect, it } from "vitest"
import { answering, request, TestWorld, until, type TestPod } from "../testing/world.ts"

let world: TestWorld
let client: TestPod

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  client = await world.addPod("loadtest", { app: "loadtest" })
})
afterEach(() => world.close())

it("loses no request while pods come and go under load", async () => {
  let serving = 0
  const app: http.RequestListener = (_request, response) => setTimeout(() => response.end("ok"), 1)
  const add = async (): Promise<TestPod> => {
    const pod = await world.addPod(`pod-${serving++}`, { app: "podinfo" }, { app })
    world.apply()
    return pod
  }
  let old = await add()
  const port = await world.pathFrom(client, "podinfo:9898")
  const agent = new http.Agent({ keepAlive: true, maxSockets: 8 })
  const results = new Map<string, number>()
  const stop = new AbortController()
  const load = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      const outcome = await request(port, "podinfo:9898", { agent }).then(
        ({ status, body }) => (status === 200 ? "200" : `${status} ${body}`),
        (error: Error) => error.message,
      )
      results.set(outcome, (results.get(outcome) ?? 0) + 1)
    }
  }
  const workers = Array.from({ length: 8 }, load)
  for (let round = 0; round < 10; round++) {
    const before = results.get("200") ?? 0
    const next = await add()
    await until(() => (results.get("200") ?? 0) > before + 20)
    // As a graceful stop: the server closes at once, finishing what it has; the endpoint goes a little later.
    if (old.server instanceof http.Server) old.server.close()
    await until(() => (results.get("200") ?? 0) > before + 40)
    world.removePod(old.name)
    world.apply()
    old = next
    // Longer than the back-off before a retry, as pods live.
    await until(() => (results.get("200") ?? 0) > before + 400)
  }
  stop.abort()
  await Promise.all(workers)
  agent.destroy()
  expect([...results.keys()]).toEqual(["200"])
})

it("gives an endpoint that went away no new request, and lets the one under way finish", async () => {
  let finish: (() => void) | undefined
  const leaving = await world.addPod(
    "leaving",
    { app: "podinfo" },
    {
      app: (_request, response) => void (finish = () => response.end("finished")),
    },
  )
  world.apply()
  const first = world.call(client, "podinfo:9898")
  await until(() => finish !== undefined)
  await world.addPod("next", { app: "podinfo" }, { app: answering("next") })
  world.removePod(leaving.name)
  world.apply()
  for (let i = 0; i < 20; i++) expect((await world.call(client, "podinfo:9898")).body).toBe("next")
  finish?.()
  expect((await first).body).toBe("finished")
})

/** Answers the first request of each connection; closes it without an answer when a second one comes. */
function closesAtSecond(seen: string[]): net.Server {
  return net.createServer((socket) => {
    let requests = 0
    socket.on("data", (data) => {
      seen.push(data.toString("latin1").split(" ")[0] ?? "")
      if (++requests > 1) socket.destroy()
      else socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
    })
  })
}

it("sends an idempotent request again, once, when the pooled connection turns out to be closed", async () => {
  const seen: string[] = []
  await world.addPod("pod", { app: "podinfo" }, { app: closesAtSecond(seen) })
  world.apply()
  for (let i = 0; i < 3; i++) expect((await world.call(client, "podinfo:9898")).status).toBe(200)
  expect(seen).toEqual(["GET", "GET", "GET", "GET", "GET"])
})

it("does not send a POST again: it may have taken effect", async () => {
  const seen: string[] = []
  await world.addPod("pod", { app: "podinfo" }, { app: closesAtSecond(seen) })
  world.apply()
  await world.call(client, "podinfo:9898", { method: "POST", body: "1" })
  const second = await world.call(client, "podinfo:9898", { method: "POST", body: "2" })
  expect(second).toMatchObject({ status: 503, body: /connection termination/ })
  expect(seen).toEqual(["POST", "POST"])
})

it("keeps connections to a pod, but not beyond the time that the server announced", async () => {
  let now = 0
  await world.close()
  world = new TestWorld({ now: () => now })
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  client = await world.addPod("loadtest", { app: "loadtest" })
  await world.addPod("pod", { app: "podinfo" }, { app: answering("ok") })
  world.apply()
  await world.call(client, "podinfo:9898")
  await world.call(client, "podinfo:9898")
  expect(world.dials).toHaveLength(1)
  // Node's servers close idle connections after 5 s and say so.
  now += 4500
  await world.call(client, "podinfo:9898")
  expect(world.dials).toHaveLength(2)
})

it("cuts a pod off while its proxy is down", async () => {
  const pod = await world.addPod("pod", { app: "podinfo" }, { app: answering("ok") })
  world.apply()
  expect((await world.call(client, "podinfo:9898")).status).toBe(200)
  world.plane.setProxy(pod.uid, false)
  expect((await world.call(client, "podinfo:9898")).status).toBe(503)
  world.plane.setProxy(pod.uid, true)
  expect((await world.call(client, "podinfo:9898")).status).toBe(200)
  world.plane.setProxy(client.uid, false)
  await expect(world.call(client, "podinfo:9898")).rejects.toThrow(/ECONNRESET|socket hang up/)
})

it("breaks a pod's connections when its proxy dies", async () => {
  await world.addPod("pod", { app: "podinfo" }, { app: () => undefined })
  world.apply()
  const waiting = world.call(client, "podinfo:9898")
  await until(() => world.dials.length === 1)
  world.plane.setProxy(client.uid, false)
  await expect(waiting).rejects.toThrow(/ECONNRESET|socket hang up/)
})

it("tells when nothing of a pod is under way any more", async () => {
  let finish: (() => void) | undefined
  const pod = await world.addPod(
    "pod",
    { app: "podinfo" },
    {
      app: (_request, response) => void (finish = () => response.end("ok")),
    },
  )
  world.apply()
  await world.plane.idle(pod.uid)
  const answer = world.call(client, "podinfo:9898")
  await until(() => finish !== undefined)
  let idle = false
  const both = Promise.all([world.plane.idle(pod.uid), world.plane.idle(client.uid)]).then(() => (idle = true))
  await new Promise((resolve) => setImmediate(resolve))
  expect(idle).toBe(false)
  finish?.()
  await answer
  await both
})

it("gives up on a request whose client went away", async () => {
  let seen = false
  let closed = false
  const app: http.RequestListener = (incoming) => {
    seen = true
    incoming.socket.on("close", () => (closed = true))
  }
  await world.addPod("pod", { app: "podinfo" }, { app })
  world.apply()
  const socket = net.connect(await world.pathFrom(client, "podinfo:9898"), "127.0.0.1")
  await once(socket, "connect")
  socket.write("GET / HTTP/1.1\r\nhost: podinfo:9898\r\n\r\n")
  await until(() => seen)
  socket.destroy()
  await until(() => closed)
  await until(() => world.plane.stats({ podUid: client.uid }).includes('response_flags="DC"'))
})
