import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import type { Ask } from "../senders.ts"
import type { Session } from "../session.ts"

/** Requests that match go to `v1`, all others to `v2`. */
async function matching(s: Session, match: JsonObject | JsonObject[], asks: readonly Ask[], more: JsonObject = {}) {
  const http = [{ match: [match].flat(), route: [s.to("v1")] }, { route: [s.to("v2")] }]
  await s.apply(s.subsets(), s.rule({ http, ...more }))
  for (const ask of asks) await s.who(ask)
}

const paths = (...all: string[]): Ask[] => all.map((path) => ({ path }))
const withHeader = (name: string, ...values: string[]): Ask[] => values.map((value) => ({ headers: { [name]: value } }))

export const matches = suite("matches", {
  "uri-exact": (s) =>
    matching(s, { uri: { exact: "/api" } }, paths("/api", "/api?a=b", "/api/", "/api/x", "/API", "/", "/%61pi")),
  "uri-prefix": (s) =>
    matching(s, { uri: { prefix: "/api" } }, paths("/api", "/api/x", "/apix", "/API", "/x/api", "//api")),
  "uri-regex": (s) =>
    matching(s, { uri: { regex: "/v[0-9]+/.*" } }, paths("/v1/", "/v12/a/b", "/v/a", "/x/v1/a", "/v1/a?b=c", "/v1")),
  "uri-regex-is-whole": (s) => matching(s, { uri: { regex: "/a|/b" } }, paths("/a", "/b", "/ab", "/a/b")),
  "uri-regex-flags": (s) => matching(s, { uri: { regex: "(?i)/api/\\d+" } }, paths("/API/12", "/api/x", "/Api/7")),
  "ignore-uri-case": async (s) => {
    await matching(s, { uri: { exact: "/Api" }, ignoreUriCase: true }, paths("/api", "/API", "/api/"))
    await matching(s, { uri: { prefix: "/Api" }, ignoreUriCase: true }, paths("/api/x", "/APIX", "/x"))
  },
  "header-exact": (s) =>
    matching(s, { headers: { "x-user": { exact: "tester" } } }, [
      ...withHeader("x-user", "tester", "Tester", "tester2"),
      ...withHeader("X-User", "tester"),
      {},
    ]),
  "header-prefix": (s) =>
    matching(s, { headers: { "x-user": { prefix: "test" } } }, [
      ...withHeader("x-user", "tester", "test", "a-test"),
      {},
    ]),
  "header-regex": (s) =>
    matching(s, { headers: { "x-user": { regex: "te.*r" } } }, [
      ...withHeader("x-user", "tester", "my tester", "te"),
      {},
    ]),
  "header-presence": (s) => matching(s, { headers: { "x-user": {} } }, [...withHeader("x-user", "anybody"), {}]),
  "header-empty": (s) => matching(s, { headers: { "x-user": { exact: "" } } }, [...withHeader("x-user", "", "a"), {}]),
  "header-of-a-cookie": (s) =>
    matching(
      s,
      { headers: { cookie: { regex: "^(.*?;)?\\s*(user=beta)(;.*)?$" } } },
      withHeader("cookie", "user=beta", "a=b; user=beta; c=d", "user=alpha"),
    ),
  "without-headers": async (s) => {
    await matching(s, { withoutHeaders: { "x-user": {} } }, [...withHeader("x-user", "anybody"), {}])
    await matching(s, { withoutHeaders: { "x-user": { exact: "a" } } }, [...withHeader("x-user", "a", "b"), {}])
    await matching(s, { withoutHeaders: { "x-user": { prefix: "a" } } }, [...withHeader("x-user", "ab", "b"), {}])
  },
  method: async (s) => {
    const methods = (...all: string[]): Ask[] => all.map((method) => ({ method }))
    await matching(s, { method: { exact: "PUT" } }, methods("PUT", "GET", "POST"))
    await matching(s, { method: { regex: "PUT|DELETE" } }, methods("PUT", "DELETE", "PATCH"))
  },
  "query-exact": (s) =>
    matching(
      s,
      { queryParams: { user: { exact: "beta" } } },
      paths("/?user=beta", "/?a=b&user=beta", "/?user=alpha", "/?user=beta2", "/", "/?User=beta", "/?user=bet%61"),
    ),
  "query-prefix-and-regex": async (s) => {
    await matching(s, { queryParams: { user: { prefix: "b" } } }, paths("/?user=beta", "/?user=alpha", "/?user="))
    await matching(s, { queryParams: { user: { regex: "b.*a" } } }, paths("/?user=beta", "/?user=abeta", "/"))
  },
  "query-presence": (s) => matching(s, { queryParams: { user: {} } }, paths("/?user", "/?user=a", "/?a=user", "/")),
  "query-given-twice": (s) =>
    matching(s, { queryParams: { user: { exact: "a" } } }, paths("/?user=a&user=b", "/?user=b&user=a")),
  authority: (s) => {
    const hosts = [s.name, `${s.name}:80`, s.name.toUpperCase(), `${s.name}.contract`, s.fqdn, `${s.fqdn}:80`]
    return matching(
      s,
      { authority: { exact: s.name } },
      hosts.map((host) => ({ host })),
    )
  },
  "authority-at-the-gateway": async (s) => {
    const hosts = [`${s.name}.test`, `beta.${s.name}.test`]
    const asks = [...hosts, `${s.name}.test:80`, `BETA.${s.name}.test`].map(
      (host) => ({ from: "gateway", host }) as const,
    )
    await matching(s, { authority: { prefix: "beta." } }, asks, { hosts, gateways: ["shared"] })
  },
  scheme: (s) => matching(s, { scheme: { exact: "http" } }, [{}, ...withHeader("x-forwarded-proto", "https")]),
  port: async (s) => {
    await matching(s, { port: 80 }, [{}])
    await matching(s, { port: 8443 }, [{}])
  },
  "source-labels": async (s) => {
    await matching(s, { sourceLabels: { tier: "web" } }, [{}])
    await matching(s, { sourceLabels: { tier: "batch" } }, [{}])
    await matching(s, { sourceLabels: { tier: "web", app: "other" } }, [{}])
  },
  "source-namespace": (s) => matching(s, { sourceNamespace: "neighbour" }, [{}, { from: "neighbour" }]),
  "gateways-of-a-match": async (s) => {
    const host = `${s.name}.test`
    const more = { hosts: [s.name, host], gateways: ["mesh", "shared"] }
    const asks: Ask[] = [{}, { from: "gateway", host }]
    await matching(s, { gateways: ["mesh"] }, asks, more)
    await matching(s, { gateways: ["shared"] }, asks, more)
    await matching(
      s,
      { gateways: ["contract/shared"], uri: { prefix: "/a" } },
      [...asks, { from: "gateway", host, path: "/a" }],
      more,
    )
  },
  "all-of-one": (s) =>
    matching(s, { uri: { prefix: "/a" }, method: { exact: "GET" }, headers: { "x-user": { exact: "b" } } }, [
      { path: "/a", headers: { "x-user": "b" } },
      { path: "/a", headers: { "x-user": "b" }, method: "POST" },
      { path: "/a" },
      { headers: { "x-user": "b" } },
    ]),
  "any-of-several": (s) =>
    matching(
      s,
      [{ uri: { exact: "/a" } }, { uri: { exact: "/b" } }, { method: { exact: "PUT" } }],
      [...paths("/a", "/b", "/c"), { path: "/c", method: "PUT" }],
    ),
  "first-route-wins": async (s) => {
    const http = [
      { match: [{ uri: { prefix: "/a" } }], route: [s.to("v1")] },
      { match: [{ uri: { prefix: "/a/b" } }], route: [s.to("v2")] },
      { match: [{ uri: { prefix: "/" } }], route: [s.to("v3")] },
      { route: [s.to("v1")] },
    ]
    await s.apply(s.subsets(), s.rule({ http }))
    for (const path of ["/a", "/a/b", "/"])
      await s.shares({ v1: path === "/" ? 0 : 1, v3: path === "/" ? 1 : 0 }, { path }, 3)
  },
  "catch-all-first": async (s) => {
    await s.apply(
      s.subsets(),
      s.rule({ http: [{ route: [s.to("v1")] }, { match: [{ uri: { prefix: "/a" } }], route: [s.to("v2")] }] }),
    )
    for (const path of ["/", "/a"]) await s.who({ path })
  },
  none: async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ match: [{ uri: { prefix: "/a" } }], route: [s.to("v1")] }] }))
    await s.ask({ path: "/a" })
    await s.ask({ path: "/b" })
  },
})
