import { describe, expect, it } from "vitest"
import type { KubeObject } from "../../kube/client.ts"
import { checkIstioObject, istioValidator } from "./admission.ts"

function object(kind: string, spec: unknown, name = "podinfo"): KubeObject {
  const made = { apiVersion: "networking.istio.io/v1", kind, metadata: { name, namespace: "test" }, spec }
  return made
}
const route = (...weights: (number | undefined)[]) =>
  weights.map((weight, i) => ({
    destination: { host: "podinfo", subset: `v${i}` },
    ...(weight === undefined ? {} : { weight }),
  }))
const http = (rule: object) => ({ hosts: ["podinfo"], http: [{ route: route(undefined), ...rule }] })

describe("VirtualServices", () => {
  it.each([
    ["a lone destination without weight", http({})],
    ["a lone destination of weight 0", http({ route: route(0) })],
    ["weights that do not sum to 100", http({ route: route(3, 1) })],
    ["weights 100 and 0", http({ route: route(100, 0) })],
    ["a wildcard host for a gateway", { ...http({}), hosts: ["*"], gateways: ["gateway"] }],
    ["an address", { ...http({}), hosts: ["10.0.0.1"] }],
    ["retries off", http({ retries: { attempts: 0 } })],
    ["header presence", http({ match: [{ headers: { a: {} } }] })],
    ["a Host that is set", http({ headers: { request: { set: { Host: "x" } } } })],
  ])("accepts %s", (_name, spec) => expect(checkIstioObject(object("VirtualService", spec))).toEqual([]))

  it.each([
    ["several destinations of weight 0", http({ route: route(0, 0) }), "total destination weight = 0"],
    [
      "several destinations without weight",
      http({ route: route(undefined, undefined) }),
      "total destination weight = 0",
    ],
    ["negative weights", http({ route: route(-1, 101) }), "weight -1 < 0"],
    ["no route at all", { hosts: ["podinfo"] }, "http, tcp or tls must be provided in virtual service"],
    ["a rule that does nothing", http({ route: [] }), "HTTP route, redirect or direct_response is required"],
    ["a missing destination", http({ route: [{ weight: 1 }] }), "destination is required"],
    [
      "a rule that does two things",
      http({ redirect: { uri: "/" } }),
      "HTTP route cannot contain both route and redirect",
    ],
    [
      "* for the mesh",
      { ...http({}), hosts: ["*"] },
      "wildcard host * is not allowed for virtual services bound to the mesh gateway",
    ],
    [
      "hosts that cover each other",
      { ...http({}), hosts: ["*.a.com", "b.a.com"] },
      "duplicate hosts in virtual service: *.a.com & b.a.com",
    ],
    [
      "a host that is no name",
      { ...http({}), hosts: ["under_score"] },
      'domain name "under_score" invalid (label "under_score" invalid)',
    ],
    ["a bad gateway name", { ...http({}), gateways: ["a/B_"] }, 'invalid value for gateway name: "B_"'],
    [
      "a subset that is no label",
      http({ route: [{ destination: { host: "a", subset: "V_1" } }] }),
      "subset name is invalid: V_1",
    ],
    [
      "a port out of range",
      http({ route: [{ destination: { host: "a", port: { number: 70000 } } }] }),
      "port number 70000 must be in the range 1..65535",
    ],
    ["a timeout of 0", http({ timeout: "0s" }), "duration must be greater than 1ms"],
    ["a timeout below a millisecond", http({ timeout: "1.5ms" }), "only durations to ms precision are supported"],
    [
      "unknown retry conditions",
      http({ retries: { attempts: 1, retryOn: "5xx,luck" } }),
      '"luck" is not a valid retryOn policy',
    ],
    [
      "conditions for no retries",
      http({ retries: { attempts: 0, retryOn: "5xx" } }),
      "http retry policy configured when attempts are set to 0 (disabled)",
    ],
    [
      "a percentage above 100",
      http({ fault: { abort: { percentage: { value: 101 }, httpStatus: 500 } } }),
      "percentage 101 is neither 0.0, nor in range [0.0001, 100.0]",
    ],
    ["a fault that is none", http({ fault: {} }), "HTTP fault injection must have an abort and/or a delay"],
    [
      "a redirect to nowhere",
      http({ route: [], redirect: {} }),
      "redirect must specify URI, authority, scheme, or port",
    ],
    [
      "a status that is none",
      http({ route: [], directResponse: { status: 42 } }),
      "HTTP status 42 is not in range 200-599",
    ],
    [
      "an empty prefix of a header",
      http({ match: [{ headers: { a: { prefix: "" } } }] }),
      '"headers": prefix string match should not be empty',
    ],
    [
      "setting Host on a response",
      http({ headers: { response: { set: { Host: "x" } } } }),
      'invalid header "Host": cannot set Host header',
    ],
  ])("refuses %s", (_name, spec, finding) => {
    expect(checkIstioObject(object("VirtualService", spec))).toEqual([finding])
  })

  it("refuses patterns that do not compile", () => {
    const [finding] = checkIstioObject(object("VirtualService", http({ match: [{ uri: { regex: "(" } }] })))
    expect(finding).toMatch(/^"uri": .*RE2/)
  })

  it("leaves values of the wrong type to the schema", () => {
    for (const spec of [
      { hosts: "podinfo", http: {} },
      { hosts: [1], http: ["x", null] },
      http({ route: [{ weight: "1" }] }),
    ]) {
      expect(() => checkIstioObject(object("VirtualService", spec))).not.toThrow()
    }
  })
})

describe("other kinds", () => {
  it.each([
    ["DestinationRule", { host: "a", subsets: [{ name: "x" }, { name: "x" }] }, ["duplicate subset names: x"]],
    ["DestinationRule", { host: "" }, ["empty domain name not allowed"]],
    ["DestinationRule", { host: "a", subsets: [{ name: "ga", labels: { release: "ga" } }] }, []],
    ["Gateway", {}, ["gateway must have at least one server"]],
    ["Gateway", { servers: [{ hosts: ["*"] }] }, ["port is required"]],
    [
      "Gateway",
      { servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: [] }] },
      ["server config must contain at least one host"],
    ],
    [
      "Gateway",
      { servers: [{ port: { number: 80, name: "http", protocol: "SMTP" }, hosts: ["*"] }] },
      ['invalid protocol "SMTP", supported protocols are HTTP, HTTP2, GRPC, GRPC-WEB, MONGO, REDIS, MYSQL, TCP'],
    ],
    ["Gateway", { servers: [{ port: { number: 80, name: "http", protocol: "HTTP" }, hosts: ["test/*.a.com"] }] }, []],
    ["ServiceEntry", {}, []],
  ])("%s %j: %j", (kind, spec, findings) => expect(checkIstioObject(object(kind, spec))).toEqual(findings))
})

describe("at admission", () => {
  const ref = { group: "networking.istio.io", version: "v1", resource: "virtualservices" }
  const request = { operation: "CREATE", ref, namespaceObject: undefined, old: undefined } as const

  it("an object passes unchanged", () => {
    const good = object("VirtualService", http({}))
    expect(() => istioValidator(good, request)).not.toThrow()
  })

  it("a refusal reads as the webhook's", () => {
    const bad = object("VirtualService", http({ route: route(0, 0) }))
    expect(() => istioValidator(bad, request)).toThrow(
      'admission webhook "validation.istio.io" denied the request: configuration is invalid: total destination weight = 0',
    )
    const worse = object("VirtualService", http({ route: route(-1, 1) }))
    expect(() => istioValidator(worse, request)).toThrow("2 errors occurred:\n\t* weight -1 < 0\n\t* total")
  })
})
