import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { controls } from "../pod/wire.ts"
import type { Ask } from "../senders.ts"
import type { Session } from "../session.ts"

/** Requests go to `v1` and copies where the rule says; shows the answer, and what arrived at the pods of `v2`. */
async function mirroring(s: Session, rule: JsonObject, ask: Ask = {}) {
  await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")], ...rule }] }))
  await s.ask({ ...ask, headers: { ...ask.headers, ...s.remember } })
  s.seen("copies at v2", await s.remembered("v2", 1))
}

const mirrorOf = (s: Session, subset: string) => ({ host: s.name, subset })

export const mirrors = suite("mirrors", {
  all: (s) => mirroring(s, { mirror: mirrorOf(s, "v2") }, { path: "/a?b=c" }),
  "a-body": (s) => mirroring(s, { mirror: mirrorOf(s, "v2") }, { method: "POST", body: "content" }),
  "with-rewrite-and-headers": (s) =>
    mirroring(s, {
      mirror: mirrorOf(s, "v2"),
      rewrite: { uri: "/new", authority: "elsewhere.test" },
      headers: { request: { set: { "x-set": "1" } } },
    }),
  "of-a-list": (s) =>
    mirroring(s, { mirrors: [{ destination: mirrorOf(s, "v2") }, { destination: mirrorOf(s, "v9") }] }),
  "whose-answer-counts-not": (s) =>
    mirroring(s, { mirror: mirrorOf(s, "v2") }, { headers: { [controls.fails]: "echo-v2" } }),
  none: async (s) => {
    const rule = { route: [s.to("v1")], mirror: mirrorOf(s, "v2"), mirrorPercentage: { value: 0 } }
    await s.apply(s.subsets(), s.rule({ http: [rule] }))
    await s.shares({ v1: 100 }, { headers: s.remember }, 50)
    await s.copies({ none: 100 }, "v2", 50)
  },
  half: async (s) => {
    const rule = { route: [s.to("v1")], mirror: mirrorOf(s, "v2"), mirrorPercentage: { value: 50 } }
    await s.apply(s.subsets(), s.rule({ http: [rule] }))
    await s.shares({ v1: 100 }, { headers: s.remember }, 400)
    await s.copies({ copied: 50, none: 50 }, "v2", 400)
  },
  "to-nobody": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ route: [s.to("v1")], mirror: mirrorOf(s, "v9") }] }))
    await s.ask()
  },
})

const preflight = (origin: string, more: Readonly<Record<string, string>> = {}): Ask => ({
  method: "OPTIONS",
  headers: { origin, "access-control-request-method": "PUT", ...more },
})

async function cors(s: Session, corsPolicy: JsonObject, asks: readonly Ask[]) {
  await s.apply(s.subsets(), s.rule({ http: [{ corsPolicy, route: [s.to("v1")] }] }))
  for (const ask of asks) await s.ask(ask)
}

export const crossOrigin = suite("cross-origin", {
  "a-preflight": (s) =>
    cors(
      s,
      {
        allowOrigins: [{ exact: "https://a.test" }],
        allowMethods: ["GET", "PUT"],
        allowHeaders: ["x-user", "x-other"],
        exposeHeaders: ["x-from"],
        maxAge: "24h",
        allowCredentials: true,
      },
      [
        preflight("https://a.test"),
        preflight("https://b.test"),
        { method: "OPTIONS", headers: { origin: "https://a.test" } },
      ],
    ),
  "a-request": (s) =>
    cors(s, { allowOrigins: [{ exact: "https://a.test" }], exposeHeaders: ["x-from"], allowCredentials: true }, [
      { headers: { origin: "https://a.test" } },
      { headers: { origin: "https://b.test" } },
      {},
    ]),
  "any-origin": (s) =>
    cors(s, { allowOrigins: [{ exact: "*" }], allowMethods: ["GET"] }, [
      preflight("https://a.test"),
      { headers: { origin: "https://a.test" } },
    ]),
  "origins-by-pattern": (s) =>
    cors(s, { allowOrigins: [{ prefix: "https://a" }, { regex: "https://.*\\.test" }] }, [
      { headers: { origin: "https://a.example" } },
      { headers: { origin: "https://b.test" } },
      { headers: { origin: "http://b.test" } },
    ]),
  "unmatched-preflights": async (s) => {
    const allowOrigins = [{ exact: "https://a.test" }]
    await cors(s, { allowOrigins, unmatchedPreflights: "IGNORE" }, [preflight("https://b.test")])
    await cors(s, { allowOrigins, unmatchedPreflights: "FORWARD" }, [preflight("https://b.test")])
  },
})
