import type http from "node:http"
import net from "node:net"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import type { HttpRoute } from "../control/istio.ts"
import { answering, metric, TestWorld, until, type TestPod } from "../testing/world.ts"

let world: TestWorld
let client: TestPod

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  client = await world.addPod("loadtest", { app: "loadtest" })
})
afterEach(() => world.close())

function setRoute(http: HttpRoute): void {
  world.route({ hosts: ["podinfo"], http: [{ route: [{ destination: { host: "podinfo" } }], ...http }] })
  world.apply()
}

/** An app that counts its requests and answers each with the next of `statuses`, then with the last one. */
function sequence(...statuses: number[]): { app: http.RequestListener; seen: () => number } {
  let seen = 0
  return {
    app: (_request, response) => {
      response.statusCode = statuses[Math.min(seen, statuses.length - 1)] ?? 200
      seen++
      response.end(`answer ${seen}`)
    },
    seen: () => seen,
  }
}

const flags = (): string[] =>
  [...world.plane.stats({ podUid: client.uid }).matchAll(/istio_requests_total\{.*response_flags="([^"]*)"/g)].map(
    ([, found = ""]) => found,
  )

describe("without an answer", () => {
  it("says that no pod is ready", async () => {
    world.apply()
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 503, body: "no healthy upstream" })
    expect(flags()).toEqual(["UH"])
  })

  it("says why it could not connect, after two retries", async () => {
    await world.addPod("dead", { app: "podinfo" })
    world.apply()
    const answer = await world.call(client, "podinfo:9898")
    expect(answer.status).toBe(503)
    expect(answer.body).toBe(
      "upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote connection failure, transport failure reason: delayed connect error: Connection refused",
    )
    expect(world.dials).toHaveLength(3)
    expect(flags()).toEqual(["UF,URX"])
  })

  it("connects elsewhere when a pod refuses", async () => {
    await world.addPod("dead", { app: "podinfo" })
    await world.addPod("alive", { app: "podinfo" }, { app: answering("alive") })
    world.apply()
    for (let i = 0; i < 40; i++) expect((await world.call(client, "podinfo:9898")).body).toBe("alive")
  })

  it("reports an application that breaks off before its answer", async () => {
    await world.addPod("crash", { app: "podinfo" }, { app: (request) => request.socket.destroy() })
    world.apply()
    const answer = await world.call(client, "podinfo:9898")
    expect(answer.status).toBe(503)
    expect(answer.body).toContain("connection termination")
    expect(flags()).toEqual(["UC"])
  })

  it("breaks off where the application broke off within its answer", async () => {
    await world.addPod(
      "half",
      { app: "podinfo" },
      {
        app: (_request, response) => {
          response.writeHead(200, { "content-length": "100" })
          response.write("half", () => response.destroy())
        },
      },
    )
    world.apply()
    await expect(world.call(client, "podinfo:9898")).rejects.toThrow(/aborted|ECONNRESET/)
    await until(() => flags().length > 0)
    expect(flags()).toEqual(["UC"])
  })

  it("calls an answer that is not HTTP what it is", async () => {
    const server = net.createServer((socket) => socket.on("data", () => socket.end("hello\r\n\r\n")))
    await world.addPod("odd", { app: "podinfo" }, { app: server })
    world.apply()
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 502, body: /protocol error/ })
  })
})

describe("retries", () => {
  it("pass on an application's 503 by default, as Istio does since 1.24", async () => {
    const { app, seen } = sequence(503, 200)
    await world.addPod("pod", { app: "podinfo" }, { app })
    world.apply()
    expect((await world.call(client, "podinfo:9898")).status).toBe(503)
    expect(seen()).toBe(1)
  })

  it.each([
    ["5xx", 500, 200, 2],
    ["gateway-error", 502, 200, 2],
    ["gateway-error", 500, 500, 1],
    ["retriable-4xx", 409, 200, 2],
    ["503,429", 429, 200, 2],
    ["connect-failure", 503, 503, 1],
  ])("on %s: an answer of %i ends as %i after %i tries", async (retryOn, first, last, tries) => {
    const { app, seen } = sequence(first, 200)
    await world.addPod("pod", { app: "podinfo" }, { app })
    setRoute({ retries: { attempts: 3, retryOn } })
    expect((await world.call(client, "podinfo:9898")).status).toBe(last)
    expect(seen()).toBe(tries)
  })

  it("end after the stated attempts with the last answer, and say so", async () => {
    const { app, seen } = sequence(500)
    await world.addPod("pod", { app: "podinfo" }, { app })
    setRoute({ retries: { attempts: 2, retryOn: "5xx", backoff: "1ms" } })
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 500, body: "answer 3" })
    expect(seen()).toBe(3)
    expect(flags()).toEqual(["URX"])
  })

  it("send the body again, and count their tries in x-envoy-attempt-count", async () => {
    const bodies: string[] = []
    await world.addPod(
      "pod",
      { app: "podinfo" },
      {
        app: (request, response) => {
          let body = `${String(request.headers["x-envoy-attempt-count"])}:`
          request.on("data", (chunk: Buffer) => (body += chunk.toString()))
          request.on("end", () => {
            bodies.push(body)
            response.writeHead(bodies.length < 3 ? 503 : 200).end()
          })
        },
      },
    )
    setRoute({ retries: { attempts: 3, retryOn: "5xx", backoff: "1ms" } })
    expect((await world.call(client, "podinfo:9898", { method: "POST", body: "hello" })).status).toBe(200)
    expect(bodies).toEqual(["1:hello", "2:hello", "3:hello"])
  })

  it("do not happen with attempts 0", async () => {
    await world.addPod("dead", { app: "podinfo" })
    setRoute({ retries: { attempts: 0 } })
    expect((await world.call(client, "podinfo:9898")).status).toBe(503)
    expect(world.dials).toHaveLength(1)
  })

  it("follow a try that takes too long", async () => {
    let seen = 0
    await world.addPod(
      "pod",
      { app: "podinfo" },
      { app: (_request, response) => void (++seen > 1 && response.end("fast")) },
    )
    setRoute({ retries: { attempts: 2, retryOn: "5xx", perTryTimeout: "20ms" } })
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 200, body: "fast" })
    expect(seen).toBe(2)
  })
})

describe("timeouts", () => {
  it("answer 504 when the application is too slow, and cut it off", async () => {
    let cut = false
    await world.addPod("slow", { app: "podinfo" }, { app: (request) => request.socket.on("close", () => (cut = true)) })
    setRoute({ timeout: "20ms" })
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 504, body: "upstream request timeout" })
    expect(flags()).toEqual(["UT"])
    await until(() => cut)
  })

  it("leave answers that come in time alone", async () => {
    await world.addPod("pod", { app: "podinfo" }, { app: answering("in time") })
    setRoute({ timeout: "5s" })
    expect((await world.call(client, "podinfo:9898")).body).toBe("in time")
  })
})

describe("faults", () => {
  it("abort all, none, or a share of the requests", async () => {
    const { app, seen } = sequence(200)
    await world.addPod("pod", { app: "podinfo" }, { app })
    setRoute({ fault: { abort: { percentage: { value: 100 }, httpStatus: 418 } } })
    expect(await world.call(client, "podinfo:9898")).toMatchObject({ status: 418, body: "fault filter abort" })
    expect(seen()).toBe(0)
    expect(flags()).toEqual(["FI"])
    setRoute({ fault: { abort: { percentage: { value: 0 }, httpStatus: 418 } } })
    expect((await world.call(client, "podinfo:9898")).status).toBe(200)
    setRoute({ fault: { abort: { percentage: { value: 50 }, httpStatus: 418 } } })
    const statuses = new Set<number>()
    for (let i = 0; i < 40; i++) statuses.add((await world.call(client, "podinfo:9898")).status)
    expect([...statuses].sort()).toEqual([200, 418])
  })

  it("delay requests and mark them", async () => {
    await world.addPod("pod", { app: "podinfo" }, { app: answering("late") })
    setRoute({ fault: { delay: { percentage: { value: 100 }, fixedDelay: "30ms" } } })
    expect((await world.call(client, "podinfo:9898")).body).toBe("late")
    expect(flags()).toEqual(["DI"])
    const stats = world.plane.stats({ podUid: client.uid })
    expect(metric(stats, "istio_request_duration_milliseconds_sum", {})).toBeGreaterThanOrEqual(29)
  })
})

describe("mirrors", () => {
  it("send a copy whose answer nobody gets", async () => {
    const copies: string[] = []
    world.addService("shadow", [{ name: "http", port: 9898 }])
    await world.addPod("pod", { app: "podinfo" }, { app: answering("original") })
    const shadow = await world.addPod(
      "shadow",
      { app: "shadow" },
      {
        app: (request, response) => {
          let body = ""
          request.on("data", (chunk: Buffer) => (body += chunk.toString()))
          request.on("end", () => {
            copies.push(`${request.headers.host ?? ""} ${request.url ?? ""} ${body}`)
            response.writeHead(500).end("ignored")
          })
        },
      },
    )
    setRoute({ mirror: { host: "shadow" }, mirrorPercentage: { value: 100 } })
    const answer = await world.call(client, "podinfo:9898", { method: "POST", path: "/x", body: "data" })
    expect(answer).toMatchObject({ status: 200, body: "original" })
    await until(() => copies.length === 1)
    expect(copies).toEqual(["podinfo:9898 /x data"])
    // The sender counts one request, the mirror's own proxy counts the copy.
    expect(metric(world.plane.stats({ podUid: client.uid }), "istio_requests_total", {})).toBe(1)
    await until(() => metric(world.plane.stats({ podUid: shadow.uid }), "istio_requests_total", {}) === 1)
  })

  it("do not happen at 0 %, and do no harm when the mirror is dead", async () => {
    world.addService("shadow", [{ name: "http", port: 9898 }])
    await world.addPod("pod", { app: "podinfo" }, { app: answering("original") })
    await world.addPod("shadow", { app: "shadow" })
    setRoute({ mirror: { host: "shadow" }, mirrorPercentage: { value: 0 } })
    await world.call(client, "podinfo:9898")
    expect(world.dials).toHaveLength(1)
    setRoute({ mirror: { host: "shadow" } })
    expect((await world.call(client, "podinfo:9898")).body).toBe("original")
  })
})

describe("outlier detection", () => {
  it("takes a failing pod out of the balance", async () => {
    const { app, seen } = sequence(500)
    await world.addPod("bad", { app: "podinfo" }, { app })
    await world.addPod("good", { app: "podinfo" }, { app: answering("good") })
    world.rule({
      host: "podinfo",
      trafficPolicy: { outlierDetection: { consecutive5xxErrors: 3, baseEjectionTime: "1h", maxEjectionPercent: 50 } },
    })
    world.apply()
    for (let i = 0; i < 60; i++) await world.call(client, "podinfo:9898")
    expect(seen()).toBe(3)
  })
})
