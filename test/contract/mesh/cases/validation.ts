import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { destinationRule, gateway, ingressSelector } from "../manifests.ts"
import type { Session } from "../session.ts"

async function offering(s: Session, ...specs: readonly JsonObject[]) {
  for (const spec of specs) await s.offer(s.rule({ hosts: [`${s.name}.test`], ...spec }))
}

/** Offers one route of each kind in a VirtualService. */
const routes = (s: Session, ...rules: readonly JsonObject[]) => offering(s, ...rules.map((rule) => ({ http: [rule] })))

const here = { destination: { host: "echo-v1" } }
const to = (weight: number, host = "echo-v1"): JsonObject => ({ destination: { host }, weight })
const routed = (more: JsonObject): JsonObject => ({ route: [here], ...more })

export const validation = suite("validation", {
  weights: (s) =>
    routes(
      s,
      { route: [to(0), to(0, "echo-v2")] },
      { route: [here, { destination: { host: "echo-v2" } }] },
      { route: [to(-1), to(101, "echo-v2")] },
      { route: [to(90), to(20, "echo-v2")] },
      { route: [to(0)] },
      { route: [{ weight: 100 }] },
    ),
  kinds: (s) =>
    routes(
      s,
      {},
      { route: [] },
      routed({ redirect: { uri: "/a" } }),
      routed({ directResponse: { status: 200 } }),
      { redirect: { uri: "/a" }, directResponse: { status: 200 } },
      { redirect: { uri: "/a" }, rewrite: { uri: "/b" } },
      { redirect: { uri: "/a" }, fault: { abort: { httpStatus: 500, percentage: { value: 1 } } } },
    ),
  hosts: (s) =>
    offering(
      s,
      { hosts: [], http: [routed({})] },
      { hosts: ["*"], http: [routed({})] },
      { hosts: ["*.a.test", "b.a.test"], http: [routed({})] },
      { hosts: ["a.test", "a.test"], http: [routed({})] },
      { hosts: ["under_score.test"], http: [routed({})] },
      { hosts: ["a..test"], http: [routed({})] },
      { hosts: ["a.*.test"], http: [routed({})] },
      { hosts: ["10.0.0.1"], http: [routed({})] },
      { hosts: ["a.test:80"], http: [routed({})] },
      { hosts: ["https://a.test"], http: [routed({})] },
    ),
  "nothing-to-do": (s) => offering(s, {}, { http: [] }),
  gateways: (s) =>
    offering(
      s,
      { gateways: ["a/B_"], http: [routed({})] },
      { gateways: ["/a"], http: [routed({})] },
      { gateways: ["UPPER"], http: [routed({})] },
      { gateways: ["some.where.test"], http: [routed({})] },
    ),
  destinations: (s) =>
    routes(
      s,
      { route: [{ destination: { host: "*" } }] },
      { route: [{ destination: { host: "" } }] },
      { route: [{ destination: {} }] },
      { route: [{ destination: { host: "a_b" } }] },
      { route: [{ destination: { host: "a", subset: "V_1" } }] },
      { route: [{ destination: { host: "a", port: { number: 0 } } }] },
      { route: [{ destination: { host: "a", port: { number: 65536 } } }] },
    ),
  matches: (s) => {
    const match = (match: JsonObject) => routed({ match: [match] })
    return routes(
      s,
      match({ uri: { regex: "[a" } }),
      match({ uri: { regex: "a(?=b)" } }),
      match({ uri: { regex: "" } }),
      match({ uri: { regex: "*" } }),
      match({ headers: { "x-a": { regex: "*" } } }),
      match({ headers: { "x-a": { regex: "a**" } } }),
      match({ headers: { "": { exact: "a" } } }),
      match({ headers: { "x-a": { prefix: "" } } }),
      match({ uri: { prefix: "" } }),
      match({ uri: { exact: "a", prefix: "b" } }),
      match({ queryParams: { a: { regex: "(" } } }),
      match({ queryParams: { a: { prefix: "" } } }),
      match({ withoutHeaders: { a: { regex: "(" } } }),
      match({ port: 70000 }),
      match({ gateways: ["a/B_"] }),
      match({ sourceLabels: { "a b": "c" } }),
      match({ statPrefix: "a", name: "b" }),
    )
  },
  redirects: (s) => {
    const redirect = (redirect: JsonObject) => ({ redirect })
    return routes(
      s,
      redirect({}),
      redirect({ uri: "/a", prefixRewrite: "/b" }),
      redirect({ uri: "/a", redirectCode: 200 }),
      redirect({ uri: "/a", redirectCode: 304 }),
      redirect({ scheme: "ftp" }),
      redirect({ port: 70000 }),
      redirect({ port: 80, derivePort: "FROM_REQUEST_PORT" }),
      redirect({ derivePort: "FROM_REQUEST_PORT" }),
    )
  },
  rewrites: (s) => {
    const rewrite = (rewrite: JsonObject) => routed({ rewrite })
    return routes(
      s,
      rewrite({}),
      rewrite({ uri: "/a", uriRegexRewrite: { match: "a", rewrite: "b" } }),
      rewrite({ uriRegexRewrite: { match: "(", rewrite: "b" } }),
      rewrite({ uriRegexRewrite: { rewrite: "b" } }),
      rewrite({ uriRegexRewrite: { match: "a" } }),
      { redirect: { uri: "/a" }, rewrite: { uri: "/b" } },
    )
  },
  "direct-responses": (s) =>
    routes(
      s,
      { directResponse: { status: 99 } },
      { directResponse: { status: 600 } },
      { directResponse: {} },
      { directResponse: { status: 200, body: {} } },
      { directResponse: { status: 200, body: { string: "a", bytes: "YQ==" } } },
      { directResponse: { status: 200 }, fault: { abort: { httpStatus: 500, percentage: { value: 1 } } } },
    ),
  retries: (s) => {
    const retries = (retries: JsonObject) => routed({ retries })
    return routes(
      s,
      retries({ attempts: -1 }),
      retries({ attempts: 0, retryOn: "5xx" }),
      retries({ attempts: 0, perTryTimeout: "1s" }),
      retries({ attempts: 1, retryOn: "sometimes" }),
      retries({ attempts: 1, retryOn: "5xx,503,gateway-error" }),
      retries({ attempts: 1, retryOn: "5xx, reset" }),
      retries({ attempts: 1, retryOn: "999" }),
      retries({ attempts: 1, perTryTimeout: "1us" }),
      retries({ attempts: 1, perTryTimeout: "soon" }),
      retries({ attempts: 1, backoff: "1ns" }),
    )
  },
  faults: (s) => {
    const fault = (fault: JsonObject) => routed({ fault })
    return routes(
      s,
      fault({}),
      fault({ abort: {} }),
      fault({ abort: { httpStatus: 100, percentage: { value: 1 } } }),
      fault({ abort: { httpStatus: 500, percentage: { value: 101 } } }),
      fault({ abort: { httpStatus: 500, percentage: { value: 0.00001 } } }),
      fault({ abort: { httpStatus: 500, grpcStatus: "UNAVAILABLE" } }),
      fault({ abort: { grpcStatus: "SOMETHING" } }),
      fault({ delay: {} }),
      fault({ delay: { fixedDelay: "0s", percentage: { value: 1 } } }),
      fault({ delay: { fixedDelay: "1s", percentage: { value: -1 } } }),
      fault({ delay: { percentage: { value: 1 } } }),
    )
  },
  timeouts: (s) =>
    routes(s, ...["0s", "-1s", "1ms", "500us", "1.0005s", "1h", "soon"].map((timeout) => routed({ timeout }))),
  headers: (s) => {
    const headers = (headers: JsonObject) => routed({ headers })
    return routes(
      s,
      headers({ request: { set: { "": "a" } } }),
      headers({ request: { set: { ":path": "a" } } }),
      headers({ request: { set: { host: "a" } } }),
      headers({ request: { set: { ":authority": "a" } } }),
      headers({ request: { remove: ["host"] } }),
      headers({ request: { remove: [":authority"] } }),
      headers({ response: { set: { host: "a" } } }),
      headers({ response: { add: { ":status": "200" } } }),
      headers({ request: { set: { "x a": "b" } } }),
      headers({ request: { set: { "x-a": "%UNKNOWN%" } } }),
    )
  },
  mirrors: (s) =>
    routes(
      s,
      routed({ mirror: { host: "a_b" } }),
      routed({ mirror: { host: "a" }, mirrorPercentage: { value: 101 } }),
      routed({ mirror: { host: "a" }, mirrors: [{ destination: { host: "b" } }] }),
      routed({ mirrors: [{ percentage: { value: 1 } }] }),
      routed({ mirrors: [{ destination: { host: "a" }, percentage: { value: -1 } }] }),
      { mirror: { host: "a" }, redirect: { uri: "/" } },
    ),
  "cross-origin": (s) => {
    const cors = (corsPolicy: JsonObject) => routed({ corsPolicy })
    return routes(
      s,
      cors({}),
      cors({ allowOrigins: [{ regex: "(" }] }),
      cors({ allowOrigins: [{}] }),
      cors({ allowOrigins: [{ exact: "*" }], allowMethods: ["FETCH"] }),
      cors({ allowOrigins: [{ exact: "*" }], allowHeaders: [":path"] }),
      cors({ allowOrigins: [{ exact: "*" }], maxAge: "soon" }),
      cors({ allowOrigins: [{ exact: "*" }], maxAge: "1us" }),
    )
  },
  delegates: async (s) => {
    await routes(
      s,
      { delegate: { name: "child" } },
      { delegate: { name: "UPPER" } },
      { delegate: {} },
      routed({ delegate: { name: "child" } }),
    )
    await offering(
      s,
      { hosts: [], gateways: ["shared"], http: [routed({})] },
      { hosts: [], http: [{ delegate: { name: "child" } }] },
    )
  },
  "several-errors": (s) => routes(s, { route: [to(-1), { weight: 1 }], timeout: "1us", retries: { attempts: -1 } }),
  "unknown-fields": (s) =>
    offering(
      s,
      { http: [routed({ unknown: 1 })] },
      { http: "none" },
      { http: [{ route: [{ ...here, weight: "10" }] }] },
    ),
  "destination-rules": async (s) => {
    const subset = (name: string, labels: JsonObject = { a: "b" }) => ({ name, labels })
    for (const spec of [
      {},
      { host: "" },
      { host: "a_b" },
      { host: "*" },
      { host: "a", subsets: [subset("")] },
      { host: "a", subsets: [subset("V_1")] },
      { host: "a", subsets: [subset("v1"), subset("v1")] },
      { host: "a", subsets: [{ name: "v1" }] },
      { host: "a", subsets: [subset("v1", { "a b": "c" })] },
      { host: "a", trafficPolicy: {} },
      { host: "a", trafficPolicy: { loadBalancer: { simple: "WORST" } } },
      { host: "a", trafficPolicy: { loadBalancer: { simple: "RANDOM", consistentHash: { httpHeaderName: "a" } } } },
      { host: "a", trafficPolicy: { loadBalancer: { consistentHash: {} } } },
      { host: "a", trafficPolicy: { outlierDetection: { consecutive5xxErrors: -1 } } },
      { host: "a", trafficPolicy: { outlierDetection: { maxEjectionPercent: 101 } } },
      { host: "a", trafficPolicy: { outlierDetection: { interval: "1us" } } },
      { host: "a", trafficPolicy: { outlierDetection: { baseEjectionTime: "soon" } } },
      { host: "a", trafficPolicy: { outlierDetection: { minHealthPercent: -1 } } },
      { host: "a", trafficPolicy: { connectionPool: { tcp: { connectTimeout: "1us" } } } },
      { host: "a", trafficPolicy: { connectionPool: { tcp: { maxConnections: -1 } } } },
      { host: "a", trafficPolicy: { connectionPool: { http: { maxRetries: -1 } } } },
      { host: "a", trafficPolicy: { connectionPool: {} } },
      { host: "a", trafficPolicy: { tls: { mode: "MUTUAL" } } },
    ])
      await s.offer(destinationRule(s.name, spec))
  },
  "gateway-objects": async (s) => {
    const port = { number: 80, name: "http", protocol: "HTTP" }
    const hosts = ["*"]
    for (const servers of [
      [],
      [{ port }],
      [{ hosts }],
      [{ port, hosts: [] }],
      [{ port, hosts: ["a_b"] }],
      [{ port, hosts: ["/a.test"] }],
      [{ port, hosts: ["A_/a.test"] }],
      [{ port, hosts: ["./*"] }],
      [{ port: { number: 80, protocol: "HTTP" }, hosts }],
      [{ port: { number: 80, name: "http" }, hosts }],
      [{ port: { number: 80, name: "http", protocol: "SPDY" }, hosts }],
      [{ port: { number: 0, name: "http", protocol: "HTTP" }, hosts }],
      [{ port: { number: 70000, name: "http", protocol: "HTTP" }, hosts }],
      [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts }],
      [{ port: { number: 443, name: "https", protocol: "HTTPS" }, hosts, tls: { mode: "SIMPLE" } }],
      [{ port, hosts, tls: { mode: "SIMPLE", credentialName: "a" } }],
      [
        { port, hosts: ["a.test"] },
        { port, hosts: ["b.test"] },
      ],
    ] as JsonObject[][])
      await s.offer(gateway(s.name, { selector: ingressSelector, servers }))
    await s.offer(gateway(`${s.name}.dotted`, { selector: ingressSelector, servers: [{ port, hosts }] }))
  },
})
