import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { answering, metric, TestWorld, until, type TestPod } from "../testing/world.ts"
import { bucketBounds, Histogram } from "./histogram.ts"
import { label } from "./labels.ts"

let world: TestWorld
let client: TestPod
let pod: TestPod

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  client = await world.addPod("loadtest", { app: "loadtest" })
  pod = await world.addPod(
    "podinfo-ga",
    { app: "podinfo", version: "0.1.0" },
    {
      app: (request, response) => response.writeHead(request.url === "/bad" ? 500 : 200).end("x".repeat(2000)),
    },
  )
  world.apply()
})
afterEach(() => world.close())

const source = (): string => world.plane.stats({ podUid: client.uid })
const destination = (): string => world.plane.stats({ podUid: pod.uid })

describe("a request is counted", () => {
  it("once by each side, with Istio's labels", async () => {
    for (let i = 0; i < 5; i++) await world.call(client, "podinfo:9898")
    for (let i = 0; i < 2; i++) await world.call(client, "podinfo:9898", { path: "/bad" })
    const labels = {
      source_workload: "loadtest",
      source_workload_namespace: "test",
      source_app: "loadtest",
      source_version: "unknown",
      source_canonical_service: "loadtest",
      source_canonical_revision: "latest",
      source_principal: "unknown",
      source_cluster: "Kubernetes",
      destination_workload: "podinfo-ga",
      destination_workload_namespace: "test",
      destination_app: "podinfo",
      destination_version: "0.1.0",
      destination_canonical_service: "podinfo",
      destination_canonical_revision: "0.1.0",
      destination_service: "podinfo.test.svc.cluster.local",
      destination_service_name: "podinfo",
      destination_service_namespace: "test",
      request_protocol: "http",
      response_flags: "-",
      grpc_response_status: "",
    }
    for (const [text, reporter, policy] of [
      [source(), "source", "unknown"],
      [destination(), "destination", "none"],
    ] as const) {
      const own = { ...labels, reporter, connection_security_policy: policy }
      expect(metric(text, "istio_requests_total", { ...own, response_code: "200" })).toBe(5)
      expect(metric(text, "istio_requests_total", { ...own, response_code: "500" })).toBe(2)
      expect(metric(text, "istio_request_duration_milliseconds_count", own)).toBe(7)
    }
    expect(metric(source(), "istio_requests_total", { reporter: "destination" })).toBe(0)
  })

  it("with its duration and sizes in cumulative buckets", async () => {
    await world.call(client, "podinfo:9898", { method: "POST", body: "y".repeat(3000) })
    const of = (name: string, le: string): number => metric(source(), `${name}_bucket`, { le })
    expect(of("istio_response_bytes", "1000")).toBe(0)
    expect(of("istio_response_bytes", "2500")).toBe(1)
    expect(of("istio_response_bytes", "+Inf")).toBe(1)
    expect(of("istio_request_bytes", "2500")).toBe(0)
    expect(of("istio_request_bytes", "5000")).toBe(1)
    expect(metric(source(), "istio_request_bytes_sum", {})).toBeGreaterThan(3000)
    expect(of("istio_request_duration_milliseconds", "600000")).toBe(1)
  })

  it("with what the service is, when nobody could be reached", async () => {
    world.setReady("podinfo-ga", false)
    world.apply()
    await world.call(client, "podinfo:9898")
    const labels = {
      response_code: "503",
      response_flags: "UH",
      destination_service: "podinfo.test.svc.cluster.local",
      destination_workload: "unknown",
      destination_canonical_revision: "latest",
    }
    expect(metric(source(), "istio_requests_total", labels)).toBe(1)
    expect(destination()).toBe("")
  })

  it("as gRPC by its content type", async () => {
    await world.call(client, "podinfo:9898", { method: "POST", headers: { "content-type": "application/grpc" } })
    expect(metric(source(), "istio_requests_total", { request_protocol: "grpc" })).toBe(1)
  })

  it("under PassthroughCluster when the name is unknown", async () => {
    await world.call(client, "podinfo:9898", { headers: { host: "example.com" } })
    const labels = { destination_service: "example.com", destination_service_name: "PassthroughCluster" }
    expect(metric(source(), "istio_requests_total", labels)).toBe(1)
  })

  it("by the receiver alone, when the sender has no sidecar", async () => {
    const plain = await world.addPod("plain", { app: "plain" }, { injected: false })
    world.apply()
    const answer = await world.call(plain, "podinfo:9898")
    expect(answer.headers["server"]).toBe("istio-envoy")
    expect(world.plane.stats({ podUid: plain.uid })).toBe("")
    expect(metric(destination(), "istio_requests_total", { source_workload: "unknown", response_code: "200" })).toBe(1)
  })

  it("by the sender alone, when the receiver has no sidecar", async () => {
    await world.addPod("bare", { app: "bare" }, { injected: false, app: answering("bare") })
    world.addService("bare", [{ name: "http", port: 9898 }])
    world.apply()
    await world.call(client, "bare:9898")
    expect(metric(source(), "istio_requests_total", { destination_workload: "bare" })).toBe(1)
  })
})

describe("counters", () => {
  it("begin at 0 with a new proxy", async () => {
    await world.call(client, "podinfo:9898")
    world.plane.setProxy(pod.uid, false)
    world.plane.setProxy(pod.uid, true)
    expect(destination()).toBe("")
    expect(metric(source(), "istio_requests_total", {})).toBe(1)
  })

  it("count connections and bytes that are not HTTP", async () => {
    const { default: net } = await import("node:net")
    const echo = net.createServer((socket) => socket.pipe(socket))
    const redis = await world.addPod("redis", { app: "redis" }, { app: echo, port: 6379 })
    world.addService("redis", [{ name: "redis", port: 6379 }])
    world.apply()
    const socket = net.connect(await world.pathFrom(client, "redis:6379"), "127.0.0.1")
    let got = ""
    socket.on("data", (chunk) => (got += chunk.toString()))
    socket.write("PING\r\n")
    await until(() => got === "PING\r\n")
    const labels = { destination_workload: "redis", request_protocol: "tcp", response_flags: "-" }
    expect(metric(source(), "istio_tcp_connections_opened_total", labels)).toBe(1)
    expect(metric(source(), "istio_tcp_received_bytes_total", labels)).toBe(6)
    expect(metric(source(), "istio_tcp_sent_bytes_total", labels)).toBe(6)
    expect(metric(source(), "istio_tcp_connections_closed_total", labels)).toBe(0)
    socket.end()
    await until(() => metric(source(), "istio_tcp_connections_closed_total", labels) === 1)
    expect(metric(world.plane.stats({ podUid: redis.uid }), "istio_tcp_connections_opened_total", {})).toBe(1)
  })
})

it("histograms count values at a bound into its bucket", () => {
  const histogram = new Histogram()
  for (const value of [0.5, 0.6, 1, 3_600_001]) histogram.observe(value)
  expect(histogram.cumulative().slice(0, 3)).toEqual([1, 3, 3])
  expect(histogram.cumulative().at(-1)).toBe(3)
  expect(histogram.count).toBe(4)
  expect(bucketBounds.at(-1)).toBe(3_600_000)
})

it("label values are escaped", () => {
  expect(label("a", 'x"y\\z\n')).toBe('a="x\\"y\\\\z\\n"')
})
