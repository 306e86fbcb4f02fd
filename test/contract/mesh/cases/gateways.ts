import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { gateway, ingressSelector, virtualService } from "../manifests.ts"
import type { Session } from "../session.ts"
import { namespace, otherNamespace } from "../target.ts"

const port = { number: 80, name: "http", protocol: "HTTP" }
const opened = (name: string, hosts: string[], more: JsonObject = {}, space?: string) =>
  gateway(name, { selector: ingressSelector, servers: [{ port, hosts, ...more }] }, space)

const rule = (s: Session, name: string, hosts: string[], http: JsonObject[], gateways = ["shared"]) =>
  virtualService(`${s.name}-${name}`, { hosts, gateways, http })

const status = (code: number, prefix?: string): JsonObject => ({
  ...(prefix !== undefined && { match: [{ uri: { prefix } }] }),
  directResponse: { status: code },
})

/** Through the gateway. */
const at = (host: string, path = "/") => ({ from: "gateway", host, path }) as const

export const gateways = suite("gateways", {
  "unknown-hosts": async (s) => {
    await s.ask(at(`${s.name}.test`))
  },
  "several-rules-of-one-host": async (s) => {
    const host = `${s.name}.test`
    await s.make(rule(s, "c", [host], [status(201, "/a"), status(202, "/b")]))
    await s.nextSecond()
    await s.apply(rule(s, "a", [host], [status(203, "/a"), status(204, "/c")]))
    for (const path of ["/a", "/b", "/c", "/d"]) await s.who(at(host, path))
  },
  "a-catch-all-of-the-older": async (s) => {
    const host = `${s.name}.test`
    await s.make(rule(s, "b", [host], [status(201)]))
    await s.nextSecond()
    await s.apply(rule(s, "a", [host], [status(202, "/a")]))
    for (const path of ["/a", "/b"]) await s.who(at(host, path))
  },
  "rules-of-several-hosts": async (s) => {
    const host = (name: string) => `${name}.${s.name}.test`
    await s.apply(rule(s, "a", [host("a"), host("b")], [status(201)]), rule(s, "c", [host("c")], [status(202)]))
    for (const name of ["a", "b", "c", "d"]) await s.who(at(host(name)))
  },
  "the-most-specific-host": async (s) => {
    const suffix = `${s.name}.test`
    await s.apply(rule(s, "a", [`*.${suffix}`], [status(201)]), rule(s, "b", [`x.${suffix}`], [status(202, "/a")]))
    await s.who(at(`y.${suffix}`))
    await s.who(at(`x.${suffix}`, "/a"))
    await s.who(at(`x.${suffix}`, "/b"))
  },
  "hosts-of-a-server": async (s) => {
    const host = (name: string) => `${name}.${s.name}.example`
    await s.apply(
      opened(s.name, [host("a"), `*.b.${s.name}.example`]),
      rule(s, "all", [host("a"), host("x.b"), host("c")], [status(201)], [s.name]),
    )
    for (const name of ["a", "x.b", "y.b", "c"]) await s.who(at(host(name)))
  },
  "a-wildcard-rule-at-a-narrow-server": async (s) => {
    const suffix = `${s.name}.example`
    await s.apply(opened(s.name, [`a.${suffix}`]), rule(s, "all", [`*.${suffix}`], [status(201)], [s.name]))
    for (const name of ["a", "b"]) await s.who(at(`${name}.${suffix}`))
  },
  "every-host": async (s) => {
    const suffix = `${s.name}.example`
    await s.apply(opened(s.name, [`*.${suffix}`]), rule(s, "all", ["*"], [status(201)], [s.name]))
    for (const host of [`a.${suffix}`, `elsewhere.${s.name}.test`]) await s.who(at(host))
  },
  "namespaces-of-hosts": async (s) => {
    const host = (name: string) => `${name}.${s.name}.example`
    const of = (name: string, space: string) =>
      virtualService(
        `${s.name}-${name}`,
        { hosts: [host(name)], gateways: [`${namespace}/${s.name}`], http: [status(201)] },
        space,
      )
    await s.apply(
      opened(s.name, [
        `./*.own.${s.name}.example`,
        `${otherNamespace}/*.theirs.${s.name}.example`,
        `*/*.all.${s.name}.example`,
      ]),
      of("a.own", namespace),
      of("b.own", otherNamespace),
      of("a.theirs", namespace),
      of("b.theirs", otherNamespace),
      of("a.all", namespace),
      of("b.all", otherNamespace),
    )
    for (const name of ["a.own", "b.own", "a.theirs", "b.theirs", "a.all", "b.all"]) await s.who(at(host(name)))
  },
  "a-gateway-of-another-namespace": async (s) => {
    const host = `${s.name}.example`
    const other = `${otherNamespace}/${s.name}`
    await s.apply(opened(s.name, [host], {}, otherNamespace), rule(s, "a", [host], [status(201)], [other]))
    await s.who(at(host))
  },
  "a-missing-gateway": async (s) => {
    const host = `${s.name}.test`
    await s.apply(rule(s, "a", [host], [status(201)], ["nowhere"]))
    await s.who(at(host))
  },
  "a-gateway-of-other-proxies": async (s) => {
    const host = `${s.name}.example`
    const servers = [{ port, hosts: [host] }]
    await s.apply(
      gateway(s.name, { selector: { istio: "egressgateway" }, servers }),
      rule(s, "a", [host], [status(201)], [s.name]),
    )
    await s.who(at(host))
  },
  "a-rule-for-the-mesh-only": async (s) => {
    await s.apply(s.rule({ hosts: [s.fqdn], http: [status(201)] }))
    await s.who(at(s.fqdn))
    await s.who()
  },
  "mesh-and-gateway": async (s) => {
    const host = `${s.name}.test`
    await s.apply(s.rule({ hosts: [host, s.name], gateways: ["mesh", "shared"], http: [status(201)] }))
    await s.who(at(host))
    await s.who(at(s.fqdn))
    await s.who()
  },
  "https-redirect": async (s) => {
    const host = `${s.name}.example`
    await s.apply(
      opened(s.name, [host], { tls: { httpsRedirect: true } }),
      rule(s, "a", [host], [status(201)], [s.name]),
    )
    await s.ask(at(host, "/a?b=c"))
  },
  "a-server-of-another-port": async (s) => {
    const host = `${s.name}.example`
    const servers = [{ port: { number: 8099, name: "other", protocol: "HTTP" }, hosts: [host] }]
    await s.apply(
      gateway(s.name, { selector: ingressSelector, servers }),
      rule(s, "a", [host], [status(201)], [s.name]),
    )
    await s.who(at(host))
  },
  "routes-of-all-kinds": async (s) => {
    const host = `${s.name}.test`
    const http = [
      status(204, "/gone"),
      { match: [{ uri: { prefix: "/old" } }], redirect: { uri: "/new" } },
      { match: [{ uri: { prefix: "/api/" } }], rewrite: { uri: "/" }, route: [s.to("v1")] },
      { route: [s.to("v2")] },
    ]
    await s.apply(s.subsets(), rule(s, "a", [host], http))
    for (const path of ["/gone", "/old", "/api/x", "/"]) await s.who(at(host, path))
  },
})
