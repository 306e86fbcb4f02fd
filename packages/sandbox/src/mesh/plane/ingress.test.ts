import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { metric, TestWorld } from "../testing/world.ts"

let world: TestWorld

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  await world.addPod(
    "podinfo",
    { app: "podinfo" },
    { app: (request, response) => response.end(JSON.stringify(request.headers)) },
  )
})
afterEach(() => world.close())

const http = [{ route: [{ destination: { host: "podinfo" } }] }]
const selector = { istio: "ingressgateway" }
const server = (hosts: string[], number = 80, protocol = "HTTP") => ({
  port: { number, name: `p${number}`, protocol },
  hosts,
})

describe("the ingress gateway", () => {
  it("refuses connections while no Gateway selects it", async () => {
    world.gateway({ selector: { istio: "egressgateway" }, servers: [server(["*"])] })
    world.apply()
    await expect(world.callIngress("podinfo.example.com")).rejects.toThrow(/ECONNRESET|socket hang up/)
  })

  it("serves the hosts of its VirtualServices, and answers 404 for all others", async () => {
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({ hosts: ["podinfo.example.com"], gateways: ["gateway"], http })
    world.apply()
    expect((await world.callIngress("podinfo.example.com")).status).toBe(200)
    expect((await world.callIngress("podinfo.example.com:8080")).status).toBe(200)
    const unknown = await world.callIngress("other.example.com")
    expect(unknown).toMatchObject({ status: 404, body: "" })
    expect(unknown.headers["server"]).toBe("istio-envoy")
  })

  it.each([
    [["*.example.com"], ["shop.example.com"], "shop.example.com", 200],
    [["*.example.com"], ["shop.example.org"], "shop.example.org", 404],
    [["shop.example.com"], ["*.example.com"], "shop.example.com", 200],
    [["shop.example.com"], ["*.example.com"], "other.example.com", 404],
    [["*"], ["*"], "anything", 200],
    [["test/*"], ["a.com"], "a.com", 200],
    [["./*"], ["a.com"], "a.com", 200],
    [["prod/*"], ["a.com"], "a.com", 404],
  ])("Gateway hosts %j and VirtualService hosts %j: %s is %i", async (stated, hosts, asked, status) => {
    world.gateway({ selector, servers: [server(stated)] })
    world.route({ hosts, gateways: ["gateway"], http })
    world.apply()
    expect((await world.callIngress(asked)).status).toBe(status)
  })

  it.each([["gateway"], ["test/gateway"], ["gateway.test.svc.cluster.local"]])("is named %s", async (name) => {
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({ hosts: ["*"], gateways: [name], http })
    world.apply()
    expect((await world.callIngress("a.com")).status).toBe(200)
  })

  it("does not serve what is bound to the mesh only, nor the other way round", async () => {
    const client = await world.addPod("client", { app: "client" })
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({ hosts: ["podinfo"], http: [{ directResponse: { status: 201 } }] }, "inside")
    world.route({ hosts: ["podinfo"], gateways: ["gateway"], http: [{ directResponse: { status: 202 } }] }, "outside")
    world.apply()
    expect((await world.call(client, "podinfo:9898")).status).toBe(201)
    expect((await world.callIngress("podinfo.test.svc.cluster.local")).status).toBe(202)
  })

  it("and the mesh can share a VirtualService, with matches for one of them", async () => {
    const client = await world.addPod("client", { app: "client" })
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({
      hosts: ["podinfo", "podinfo.example.com"],
      gateways: ["gateway", "mesh"],
      http: [
        { match: [{ gateways: ["gateway"] }], directResponse: { status: 202 } },
        { directResponse: { status: 201 } },
      ],
    })
    world.apply()
    expect((await world.call(client, "podinfo:9898")).status).toBe(201)
    expect((await world.callIngress("podinfo.example.com")).status).toBe(202)
  })

  it("merges VirtualServices of one host, catch-all routes last", async () => {
    world.gateway({ selector, servers: [server(["*"])] })
    const all = { hosts: ["a.com"], gateways: ["gateway"] }
    world.route({ ...all, http: [{ directResponse: { status: 201 } }] }, "a-catch-all")
    const special = { match: [{ uri: { prefix: "/x" } }], directResponse: { status: 202 } }
    world.route({ ...all, http: [special] }, "b-special")
    world.apply()
    expect((await world.callIngress("a.com", { path: "/x" })).status).toBe(202)
    expect((await world.callIngress("a.com")).status).toBe(201)
  })

  it("redirects to HTTPS where asked", async () => {
    world.gateway({ selector, servers: [{ ...server(["a.com"]), tls: { httpsRedirect: true } }] })
    world.apply()
    const answer = await world.callIngress("a.com", { path: "/x?y=1" })
    expect([answer.status, answer.headers.location]).toEqual([301, "https://a.com/x?y=1"])
  })

  it("tells the application where a request came from", async () => {
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({ hosts: ["*"], gateways: ["gateway"], http })
    world.apply()
    const answer = await world.callIngress("a.com", {
      headers: { "x-forwarded-for": "192.0.2.1", connection: "close" },
    })
    expect(JSON.parse(answer.body)).toMatchObject({
      host: "a.com",
      "x-forwarded-for": "192.0.2.1,127.0.0.1",
      "x-forwarded-proto": "http",
      "x-envoy-attempt-count": "1",
      "x-request-id": expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
    })
    expect(answer.headers).toMatchObject({
      server: "istio-envoy",
      "x-envoy-upstream-service-time": expect.any(String) as unknown,
    })
  })

  it("reports as istio-ingressgateway", async () => {
    world.gateway({ selector, servers: [server(["*"])] })
    world.route({ hosts: ["a.com"], gateways: ["gateway"], http })
    world.apply()
    await world.callIngress("a.com")
    await world.callIngress("b.com")
    const labels = {
      reporter: "source",
      source_workload: "istio-ingressgateway",
      source_workload_namespace: "istio-system",
    }
    const stats = world.plane.stats("ingress")
    const found = { ...labels, response_code: "200", destination_service_name: "podinfo" }
    expect(metric(stats, "istio_requests_total", found)).toBe(1)
    const missed = { ...labels, response_code: "404", response_flags: "NR", destination_service: "unknown" }
    expect(metric(stats, "istio_requests_total", missed)).toBe(1)
  })

  it("says which servers it cannot open, and which gateways do not exist", () => {
    world.gateway({ selector, servers: [server(["*"], 443, "HTTPS")] })
    world.route({ hosts: ["*"], gateways: ["missing"], http })
    expect(world.apply().problems.map(({ message }) => message)).toEqual([
      expect.stringContaining("spec.servers[0] (HTTPS on port 443)"),
      'Referenced gateway not found: "missing"',
      expect.stringContaining("server must have TLS settings"),
    ])
  })
})
