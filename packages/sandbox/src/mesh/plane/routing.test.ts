import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { answering, TestWorld, type TestPod } from "../testing/world.ts"

let world: TestWorld
let client: TestPod

beforeEach(async () => {
  world = new TestWorld()
  world.addService("podinfo", [{ name: "http", port: 9898 }])
  world.addService("other", [{ name: "http", port: 80 }])
  await world.addPod("ga", { app: "podinfo", release: "ga" }, { app: (req, res) => res.end(`ga ${req.url}`) })
  await world.addPod("canary", { app: "podinfo", release: "canary" }, { app: answering("canary") })
  await world.addPod("other", { app: "other" }, { app: answering("other"), port: 80 })
  client = await world.addPod("loadtest", { app: "loadtest" })
  world.rule({
    host: "podinfo",
    subsets: [
      { name: "ga", labels: { release: "ga" } },
      { name: "canary", labels: { release: "canary" } },
    ],
  })
})
afterEach(() => world.close())

const subset = (name: string, host = "podinfo") => ({ destination: { host, subset: name } })

describe("hosts", () => {
  it.each(["podinfo:9898", "podinfo.test:9898", "podinfo.test.svc:9898", "podinfo.test.svc.cluster.local:9898"])(
    "takes %s for the service",
    async (name) => {
      world.route({ hosts: ["podinfo"], http: [{ route: [subset("ga")] }] })
      world.apply()
      expect(await world.call(client, name)).toMatchObject({ status: 200, body: "ga /" })
    },
  )

  it("resolves a VirtualService's short host in its own namespace, not the client's", async () => {
    const stranger = await world.addPod("stranger", { app: "stranger" }, { namespace: "elsewhere" })
    world.route({ hosts: ["podinfo"], http: [{ directResponse: { status: 418 } }] }, "wrong", "elsewhere")
    world.route({ hosts: ["podinfo"], http: [{ route: [subset("canary")] }] })
    world.apply()
    expect(await world.call(stranger, "podinfo.test:9898")).toMatchObject({ status: 200, body: "canary" })
  })

  it("routes by the Host header, whatever address was dialled", async () => {
    world.route({ hosts: ["podinfo"], http: [{ route: [subset("canary")] }] })
    world.apply()
    const answer = await world.call(client, "10.96.0.1:9898", { headers: { host: "podinfo" } })
    expect(answer.body).toBe("canary")
  })

  it("knows a service by its ClusterIP in the Host header, too", async () => {
    world.route({ hosts: ["podinfo"], http: [{ route: [subset("canary")] }] })
    world.apply()
    expect((await world.call(client, "10.96.0.1:9898")).body).toBe("canary")
  })

  it("sends a name that it does not know to where the program connected", async () => {
    world.apply()
    const answer = await world.call(client, "other:80", { headers: { host: "example.com" } })
    expect(answer).toMatchObject({ status: 200, body: "other" })
  })

  it("prefers the VirtualService with the more specific host", async () => {
    world.route({ hosts: ["*.test.svc.cluster.local"], http: [{ directResponse: { status: 418 } }] }, "broad")
    world.route({ hosts: ["podinfo"], http: [{ route: [subset("canary")] }] }, "narrow")
    world.apply()
    expect((await world.call(client, "podinfo:9898")).body).toBe("canary")
    expect((await world.call(client, "other:80")).status).toBe(418)
  })

  it("hides a VirtualService from namespaces to which it is not exported", async () => {
    const stranger = await world.addPod("stranger", { app: "stranger" }, { namespace: "elsewhere" })
    world.route({ hosts: ["podinfo"], exportTo: ["."], http: [{ directResponse: { status: 418 } }] })
    world.apply()
    expect((await world.call(client, "podinfo:9898")).status).toBe(418)
    expect((await world.call(stranger, "podinfo.test:9898")).status).toBe(200)
  })

  it("serves names that are no services on port 80", async () => {
    world.route({ hosts: ["shop.example.com"], http: [{ route: [{ destination: { host: "other" } }] }] })
    world.apply()
    const answer = await world.call(client, "other:80", { headers: { host: "shop.example.com" } })
    expect(answer.body).toBe("other")
  })

  it("refuses connections to services and ports that do not exist, as there is no outside", async () => {
    world.apply()
    await expect(world.call(client, "nowhere:9898")).rejects.toThrow(/ECONNRESET|socket hang up/)
    await expect(world.call(client, "podinfo:1234")).rejects.toThrow(/ECONNRESET|socket hang up/)
  })

  it("asks the network to listen on the ports of services with an address", () => {
    world.addService("headless", [{ name: "http", port: 7000 }], { clusterIP: "None", clusterIPs: ["None"] })
    world.apply()
    expect([...world.servicePorts].sort()).toEqual([80, 9898])
  })
})

describe("matches", () => {
  const cases: [string, object, { path?: string; headers?: Record<string, string>; method?: string }, boolean][] = [
    ["exact uri", { uri: { exact: "/a" } }, { path: "/a?x=1" }, true],
    ["exact uri, longer path", { uri: { exact: "/a" } }, { path: "/a/b" }, false],
    ["uri in another case", { uri: { exact: "/a" } }, { path: "/A" }, false],
    ["uri in another case, ignored", { uri: { exact: "/a" }, ignoreUriCase: true }, { path: "/A" }, true],
    ["prefix", { uri: { prefix: "/a" } }, { path: "/abc" }, true],
    ["regex covers the whole path", { uri: { regex: "/a[0-9]+" } }, { path: "/a12" }, true],
    ["regex on a part only", { uri: { regex: "/a[0-9]+" } }, { path: "/a12/b" }, false],
    ["header", { headers: { "X-Canary": { exact: "yes" } } }, { headers: { "x-canary": "yes" } }, true],
    ["header missing", { headers: { "x-canary": { exact: "yes" } } }, {}, false],
    ["header present at all", { headers: { "x-canary": {} } }, { headers: { "x-canary": "" } }, true],
    [
      "header regex",
      { headers: { cookie: { regex: "(?i).*USER=jo.*" } } },
      { headers: { cookie: "a=1; user=jo" } },
      true,
    ],
    ["without header", { withoutHeaders: { "x-old": { exact: "1" } } }, {}, true],
    ["with unwanted header", { withoutHeaders: { "x-old": { exact: "1" } } }, { headers: { "x-old": "1" } }, false],
    ["method", { method: { exact: "DELETE" } }, { method: "DELETE" }, true],
    ["query", { queryParams: { v: { exact: "2" } } }, { path: "/?a=1&v=2" }, true],
    ["query missing", { queryParams: { v: { exact: "2" } } }, { path: "/?a=1" }, false],
    ["port", { port: 9898 }, {}, true],
    ["other port", { port: 80 }, {}, false],
    ["source labels", { sourceLabels: { app: "loadtest" } }, {}, true],
    ["other source labels", { sourceLabels: { app: "frontend" } }, {}, false],
    ["source namespace", { sourceNamespace: "test" }, {}, true],
    ["other source namespace", { sourceNamespace: "prod" }, {}, false],
    ["another gateway", { gateways: ["gateway"] }, {}, false],
    ["the mesh by name", { gateways: ["mesh"], sourceLabels: { app: "ignored-then" } }, {}, true],
    ["all conditions of one match", { uri: { prefix: "/a" }, method: { exact: "GET" } }, { path: "/b" }, false],
  ]
  it.each(cases)("%s", async (_name, match, call, matched) => {
    world.route({
      hosts: ["podinfo"],
      http: [{ match: [match], route: [subset("canary")] }, { route: [subset("ga")] }],
    })
    world.apply()
    expect((await world.call(client, "podinfo:9898", call)).body).toMatch(matched ? /^canary/ : /^ga/)
  })

  it("takes the first route that matches, and answers 404 when none does", async () => {
    world.route({
      hosts: ["podinfo"],
      http: [
        { match: [{ uri: { prefix: "/x" } }, { uri: { exact: "/y" } }], route: [subset("canary")] },
        { match: [{ uri: { prefix: "/x/deep" } }], route: [subset("ga")] },
      ],
    })
    world.apply()
    expect((await world.call(client, "podinfo:9898", { path: "/x/deep" })).body).toBe("canary")
    expect((await world.call(client, "podinfo:9898", { path: "/y" })).body).toBe("canary")
    expect(await world.call(client, "podinfo:9898", { path: "/z" })).toMatchObject({ status: 404, body: "" })
  })
})

describe("what routes do", () => {
  const change = async (http: object, call: object = {}) => {
    world.route({ hosts: ["podinfo"], http: [http] })
    world.apply()
    return world.call(client, "podinfo:9898", call)
  }
  const route = [subset("ga")]

  it("rewrites the matched prefix and keeps the query", async () => {
    const match = [{ uri: { prefix: "/api" } }]
    expect((await change({ match, rewrite: { uri: "/v2" }, route }, { path: "/api/x?q=1" })).body).toBe("ga /v2/x?q=1")
  })

  it("rewrites the whole path of an exact match", async () => {
    const match = [{ uri: { exact: "/old" } }]
    expect((await change({ match, rewrite: { uri: "/new" }, route }, { path: "/old" })).body).toBe("ga /new")
  })

  it("rewrites by a pattern with groups in RE2's notation", async () => {
    const uriRegexRewrite = { match: "^/service/([^/]+)(/.*)$", rewrite: "\\2/instance/\\1" }
    const answer = await change({ rewrite: { uriRegexRewrite }, route }, { path: "/service/foo/v1/api" })
    expect(answer.body).toBe("ga /v1/api/instance/foo")
  })

  it("redirects", async () => {
    const redirect = { uri: "/there", authority: "example.com", redirectCode: 302 }
    const answer = await change({ redirect }, { path: "/here?a=1" })
    expect(answer.status).toBe(302)
    expect(answer.headers.location).toBe("http://example.com/there?a=1")
  })

  it("answers directly", async () => {
    const answer = await change({ directResponse: { status: 503, body: { string: "closed" } } })
    expect(answer).toMatchObject({ status: 503, body: "closed" })
  })

  it("sets, adds and removes header fields of request and response, for the route and for the destination", async () => {
    await world.addPod("mirror", { app: "mirror" }, { app: (req, res) => res.end(JSON.stringify(req.headers)) })
    world.addService("mirror", [{ name: "http", port: 9898 }])
    world.route(
      {
        hosts: ["mirror"],
        http: [
          {
            headers: { request: { set: { "X-A": "route", host: "named" }, remove: ["x-gone"] } },
            route: [
              {
                destination: { host: "mirror" },
                headers: {
                  request: { set: { "x-a": "destination" }, add: { "x-b": "2" } },
                  response: { set: { "x-r": "1" } },
                },
              },
            ],
          },
        ],
      },
      "mirror",
    )
    world.apply()
    const answer = await world.call(client, "mirror:9898", { headers: { "x-gone": "1", "x-b": "1" } })
    const seen: unknown = JSON.parse(answer.body)
    expect(seen).toMatchObject({ "x-a": "destination", "x-b": "1, 2", host: "named" })
    expect(seen).not.toHaveProperty("x-gone")
    expect(answer.headers["x-r"]).toBe("1")
  })
})

describe("broken references", () => {
  it("answers 503 for a subset that no DestinationRule defines, only for its share", async () => {
    world.route({
      hosts: ["podinfo"],
      http: [{ match: [{ uri: { exact: "/x" } }], route: [subset("missing")] }, { route: [subset("ga")] }],
    })
    const { problems } = world.apply()
    expect(await world.call(client, "podinfo:9898", { path: "/x" })).toMatchObject({ status: 503, body: "" })
    expect((await world.call(client, "podinfo:9898")).status).toBe(200)
    expect(problems.map(({ code, message }) => `${code} ${message}`)).toEqual([
      'IST0101 Referenced host+subset in destinationrule not found: "podinfo+missing"',
    ])
  })

  it("answers 503 no healthy upstream for a subset without ready pods", async () => {
    world.route({ hosts: ["podinfo"], http: [{ route: [subset("canary")] }] })
    world.setReady("canary", false)
    world.apply()
    const answer = await world.call(client, "podinfo:9898")
    expect(answer).toMatchObject({ status: 503, body: "no healthy upstream" })
    expect(answer.headers["server"]).toBe("envoy")
  })
})
