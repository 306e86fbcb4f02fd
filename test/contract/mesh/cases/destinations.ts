import { suite } from "../case.ts"
import { destinationRule, service } from "../manifests.ts"
import { namespace, otherNamespace } from "../target.ts"

export const destinations = suite("destinations", {
  "a-request": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.ask({ path: "/a/b?c=d", headers: { "x-user": "tester" } })
    await s.ask({ method: "POST", path: "/post", body: "content" })
    await s.ask({ method: "HEAD" })
  },
  "a-request-through-the-gateway": async (s) => {
    const host = `${s.name}.test`
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http: [{ route: [s.to("v1")] }] }))
    await s.ask({ from: "gateway", host, path: "/a/b?c=d", headers: { "x-user": "tester" } })
    await s.ask({ from: "gateway", host, method: "POST", path: "/post", body: "content" })
    await s.ask({ from: "gateway", host, headers: { "x-forwarded-for": "192.0.2.1", "x-request-id": "mine" } })
  },
  "fields-of-proxies-from-outside": async (s) => {
    const host = `${s.name}.test`
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http: [{ route: [s.to("v1")] }] }))
    const headers = {
      "x-forwarded-proto": "https",
      "x-forwarded-host": "elsewhere",
      "x-envoy-attempt-count": "7",
      "x-envoy-upstream-rq-timeout-ms": "9000",
      "x-envoy-internal": "false",
      te: "gzip",
      "proxy-connection": "keep-alive",
    }
    await s.ask({ from: "gateway", host, headers })
  },
  "paths-made-normal": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    const paths = [
      "/a/../b",
      "/a/./b/.",
      "/a/..",
      "/../a",
      "/a//b",
      "/%61%2Fb",
      "/%7Euser",
      "/a%20b",
      "/%c3%A4",
      "/a/%2e%2e/b",
    ]
    for (const path of [...paths, "/a\\b", "/a?b=/../c"]) s.path(path, await s.quiet({ path }))
  },
  "without-a-virtual-service": async (s) => {
    await s.apply(s.subsets())
    await s.shares({ v1: 1, v2: 1, v3: 3 }, {}, 500)
  },
  "a-subset-of-several-pods": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v3")] }] }))
    await s.shares({ v3: 100 }, {}, 30)
  },
  "a-subset-by-two-labels": async (s) => {
    const subsets = [{ name: "one", labels: { version: "v3", name: "echo-v3-b" } }]
    await s.apply(destinationRule(s.name, { host: s.name, subsets }), s.rule({ http: [{ route: [s.to("one")] }] }))
    await s.who()
  },
  "a-subset-without-pods": async (s) => {
    const subsets = [{ name: "none", labels: { version: "v9" } }]
    await s.apply(destinationRule(s.name, { host: s.name, subsets }), s.rule({ http: [{ route: [s.to("none")] }] }))
    await s.ask()
  },
  "a-missing-subset": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v9")] }] }))
    await s.ask()
  },
  "a-subset-without-a-rule": async (s) => {
    await s.apply(s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.ask()
  },
  "a-missing-service": async (s) => {
    await s.apply(s.rule({ http: [{ route: [{ destination: { host: "nobody" } }] }] }))
    await s.ask()
  },
  "a-missing-port": async (s) => {
    await s.apply(
      s.rule({ http: [{ route: [s.to(undefined, { destination: { host: s.name, port: { number: 81 } } })] }] }),
    )
    await s.ask()
  },
  "a-service-without-pods": async (s) => {
    const name = `${s.name}-empty`
    await s.make(service(name, { app: "nobody" }))
    await s.apply(s.rule({ http: [{ route: [{ destination: { host: name } }] }] }))
    await s.ask()
    await s.ask({ connect: `${name}.${namespace}.svc.cluster.local` })
  },
  "a-stated-port": async (s) => {
    await s.apply(s.rule({ http: [{ route: [{ destination: { host: "echo-v2", port: { number: 80 } } }] }] }))
    await s.who()
  },
  "a-service-of-another-namespace": async (s) => {
    const host = `sender.${otherNamespace}.svc.cluster.local`
    await s.apply(s.rule({ http: [{ route: [{ destination: { host } }] }] }))
    await s.ask({ path: "/healthz" })
  },
  "a-rule-of-a-wildcard-host": async (s) => {
    const subsets = [{ name: "v1", labels: { version: "v1" } }]
    await s.apply(
      destinationRule(s.name, { host: `*.${namespace}.svc.cluster.local`, subsets }),
      s.rule({ http: [{ route: [s.to("v1")] }] }),
    )
    await s.who()
  },
  "two-rules-of-one-host": async (s) => {
    const subset = (version: string) => [{ name: version, labels: { version } }]
    await s.make(destinationRule(s.name, { host: s.name, subsets: subset("v1") }))
    await s.apply(destinationRule(`${s.name}-more`, { host: s.fqdn, subsets: subset("v2") }))
    await s.apply(s.rule({ http: [{ route: [s.to("v1", { weight: 50 }), s.to("v2", { weight: 50 })] }] }))
    await s.shares({ v1: 50, v2: 50 }, {}, 200)
  },
})
