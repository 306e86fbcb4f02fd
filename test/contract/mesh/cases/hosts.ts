import { suite } from "../case.ts"
import { virtualService } from "../manifests.ts"
import { namespace, otherNamespace } from "../target.ts"

export const hosts = suite("hosts", {
  "a-short-name": async (s) => {
    await s.apply(s.subsets(), s.rule({ hosts: [s.name], http: [{ route: [s.to("v1")] }] }))
    const spelled = [
      s.name,
      `${s.name}.${namespace}`,
      `${s.name}.${namespace}.svc`,
      s.fqdn,
      `${s.name}:80`,
      `${s.fqdn}:80`,
    ]
    for (const host of spelled) await s.shares({ v1: 100 }, { host }, 10)
  },
  "a-full-name": async (s) => {
    await s.apply(s.subsets(), s.rule({ hosts: [s.fqdn], http: [{ route: [s.to("v1")] }] }))
    for (const host of [s.name, s.fqdn]) await s.shares({ v1: 100 }, { host }, 10)
  },
  "a-name-with-namespace": async (s) => {
    await s.apply(
      s.subsets(),
      s.rule({ hosts: [`${s.name}.${namespace}`], http: [{ directResponse: { status: 418 } }] }),
    )
    for (const host of [s.name, `${s.name}.${namespace}`, s.fqdn]) await s.who({ host, path: "/healthz" })
  },
  "upper-case-and-dots": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.shares({ v1: 100 }, { host: s.fqdn.toUpperCase() }, 10)
    await s.who({ host: `${s.fqdn}.`, path: "/healthz" })
  },
  "from-another-namespace": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    for (const host of [`${s.name}.${namespace}`, s.fqdn]) await s.shares({ v1: 100 }, { from: "neighbour", host }, 10)
  },
  "no-service": async (s) => {
    const host = `${s.name}.example`
    await s.apply(s.subsets(), s.rule({ hosts: [host], http: [{ route: [s.to("v1")] }] }))
    await s.ask({ host })
    await s.shares({ v1: 100 }, { host: `${host}:80` }, 5)
  },
  "a-wildcard": async (s) => {
    const suffix = `${s.name}.example`
    await s.apply(s.subsets(), s.rule({ hosts: [`*.${suffix}`], http: [{ route: [s.to("v1")] }] }))
    await s.shares({ v1: 100 }, { host: `a.${suffix}` }, 5)
    await s.shares({ v1: 100 }, { host: `a.b.${suffix}` }, 5)
  },
  "the-most-specific": async (s) => {
    const suffix = `${s.name}.example`
    const rule = (name: string, host: string, version: string) =>
      virtualService(`${s.name}-${name}`, { hosts: [host], http: [{ route: [s.to(version)] }] })
    await s.apply(
      s.subsets(),
      rule("a", `*.${suffix}`, "v1"),
      rule("b", `*.b.${suffix}`, "v2"),
      rule("c", `c.b.${suffix}`, "v3"),
    )
    await s.shares({ v1: 100 }, { host: `x.${suffix}` }, 5)
    await s.shares({ v2: 100 }, { host: `x.b.${suffix}` }, 5)
    await s.shares({ v3: 100 }, { host: `c.b.${suffix}` }, 5)
  },
  several: async (s) => {
    const other = `${s.name}.example`
    await s.apply(s.subsets(), s.rule({ hosts: [s.name, other], http: [{ route: [s.to("v1")] }] }))
    for (const host of [s.name, other]) await s.shares({ v1: 100 }, { host }, 5)
  },
  unknown: async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.ask({ connect: "echo-v2", host: "unknown.example" })
  },
  "another-service-than-connected-to": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")] }] }))
    await s.who({ connect: "echo-v2", host: s.fqdn })
  },
  "two-rules-of-one-host": async (s) => {
    const rule = (name: string, version: string) =>
      virtualService(`${s.name}-${name}`, { hosts: [s.name], http: [{ route: [s.to(version)] }] })
    await s.make(s.subsets(), rule("b", "v1"))
    // Which is older is told by seconds.
    await s.nextSecond()
    await s.apply(rule("a", "v2"))
    await s.shares({ v1: 100 }, {}, 10)
  },
  "exported-to-its-namespace": async (s) => {
    await s.apply(s.subsets(), s.rule({ exportTo: ["."], http: [{ directResponse: { status: 418 } }] }))
    await s.who()
    await s.shares({ v1: 1, v2: 1, v3: 3 }, { from: "neighbour" }, 200)
  },
  "a-rule-of-another-namespace": async (s) => {
    const rule = virtualService(
      s.name,
      { hosts: [s.fqdn], http: [{ directResponse: { status: 418 } }] },
      otherNamespace,
    )
    await s.apply(rule)
    await s.who()
    await s.who({ from: "neighbour" })
  },
  "a-short-name-of-another-namespace": async (s) => {
    const rule = virtualService(
      s.name,
      { hosts: [s.name], http: [{ directResponse: { status: 418 } }] },
      otherNamespace,
    )
    await s.apply(rule)
    await s.shares({ v1: 1, v2: 1, v3: 3 }, {}, 200)
  },
})

export const delegates = suite("delegates", {
  "of-the-gateway": async (s) => {
    const host = `${s.name}.test`
    const child = virtualService(`${s.name}-child`, {
      http: [{ match: [{ uri: { prefix: "/a/one" } }], route: [s.to("v1")] }, { route: [s.to("v2")] }],
    })
    const http = [
      { match: [{ uri: { prefix: "/a" } }], delegate: { name: `${s.name}-child` } },
      { route: [s.to("v3")] },
    ]
    await s.apply(s.subsets(), child, s.rule({ hosts: [host], gateways: ["shared"], http }))
    for (const path of ["/a/one", "/a/two", "/b"]) {
      await s.shares(
        { v1: path === "/a/one" ? 1 : 0, v2: path === "/a/two" ? 1 : 0, v3: path === "/b" ? 1 : 0 },
        { from: "gateway", host, path },
        5,
      )
    }
  },
  "of-the-mesh": async (s) => {
    const child = virtualService(`${s.name}-child`, { http: [{ route: [s.to("v2")] }] }, otherNamespace)
    const delegate = { name: `${s.name}-child`, namespace: otherNamespace }
    const full = { destination: { host: s.fqdn, subset: "v2" } }
    const http = [{ match: [{ uri: { prefix: "/a" } }], delegate }, { route: [s.to("v1")] }]
    await s.apply(s.subsets(), { ...child, spec: { http: [{ route: [full] }] } }, s.rule({ http }))
    await s.who({ path: "/a" })
    await s.who({ path: "/b" })
  },
  missing: async (s) => {
    const http = [{ match: [{ uri: { prefix: "/a" } }], delegate: { name: "nobody" } }, { route: [s.to("v1")] }]
    await s.apply(s.subsets(), s.rule({ http }))
    await s.who({ path: "/a" })
    await s.who({ path: "/b" })
  },
})
