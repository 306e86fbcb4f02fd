import { suite } from "../case.ts"
import type { Session } from "../session.ts"
import { namespace } from "../target.ts"

/** A VirtualService that splits by these weights, and by no more. */
const split = (s: Session, weights: Readonly<Record<string, number>>) =>
  s.rule({ http: [{ route: Object.entries(weights).map(([subset, weight]) => s.to(subset, { weight })) }] })

export const weights = suite("weights", {
  "exactly-0-and-100": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 100, v2: 0 }))
    await s.shares({ v1: 100, v2: 0 })
    await s.apply(split(s, { v1: 0, v2: 100 }))
    await s.shares({ v1: 0, v2: 100 })
  },
  "thirty-seventy": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 30, v2: 70 }))
    await s.shares({ v1: 30, v2: 70 }, {}, 1000)
  },
  "one-percent": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 99, v2: 1 }))
    await s.shares({ v1: 99, v2: 1 }, {}, 1500)
  },
  "not-of-100": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 3, v2: 1 }))
    await s.shares({ v1: 3, v2: 1 })
    await s.apply(split(s, { v1: 300, v2: 900 }))
    await s.shares({ v1: 300, v2: 900 })
  },
  "three-ways": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 20, v2: 50, v3: 30 }))
    await s.shares({ v1: 20, v2: 50, v3: 30 }, {}, 1000)
  },
  "of-a-lone-destination": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 0 }))
    await s.shares({ v1: 100 }, {}, 20)
    await s.apply(split(s, { v2: 7 }))
    await s.shares({ v2: 100 }, {}, 20)
  },
  "at-the-gateway": async (s) => {
    const hosts = [`${s.name}.test`]
    const route = [s.to("v1", { weight: 10 }), s.to("v2", { weight: 90 })]
    await s.apply(s.subsets(), s.rule({ hosts, gateways: ["shared"], http: [{ route }] }))
    await s.shares({ v1: 10, v2: 90 }, { from: "gateway", host: `${s.name}.test` }, 1000)
  },
  "of-several-services": async (s) => {
    const destination = { host: `echo-v2.${namespace}.svc.cluster.local` }
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1", { weight: 50 }), { destination, weight: 50 }] }] }))
    await s.shares({ v1: 50, v2: 50 })
  },
  "one-half-missing": async (s) => {
    await s.apply(s.subsets(), split(s, { v1: 50, missing: 50 }))
    await s.shares({ v1: 50, 503: 50 })
  },
  "by-match": async (s) => {
    const beta = { match: [{ headers: { "x-user": { exact: "beta" } } }], route: [s.to("v2")] }
    const all = { route: [s.to("v1", { weight: 80 }), s.to("v3", { weight: 20 })] }
    await s.apply(s.subsets(), s.rule({ http: [beta, all] }))
    await s.shares({ v2: 100 }, { headers: { "x-user": "beta" } }, 50)
    await s.shares({ v1: 80, v3: 20 }, { headers: { "x-user": "other" } })
  },
})
