import { expect, it } from "vitest"
import { resolveDelegates } from "./delegates.ts"
import type { HttpMatch, HttpRoute, VirtualService } from "./istio.ts"

const named = (name: string, spec: VirtualService["spec"], namespace = "test"): VirtualService => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name, namespace },
  ...(spec && { spec }),
})
const root = (rule: HttpRoute): VirtualService => named("root", { hosts: ["a.test"], http: [rule] })
const child = (http: readonly HttpRoute[], exportTo?: readonly string[]): VirtualService =>
  named("child", { http, ...(exportTo && { exportTo }) }, "other")
const delegate = { name: "child", namespace: "other" }
const routes = (...all: readonly VirtualService[]) => resolveDelegates(all).flatMap(({ spec }) => spec?.http ?? [])
const to = (host: string): HttpRoute => ({ route: [{ destination: { host } }] })

it("a delegate's routes come in the place of the one that delegates, and it is no VirtualService of its own", () => {
  const [first, ...others] = routes(root({ delegate, timeout: "1s" }), child([to("a.b")]))
  expect(first).toEqual({ timeout: "1s", ...to("a.b") })
  expect(others).toEqual([])
})

it("short names are services of the delegate's namespace", () => {
  expect(routes(root({ delegate }), child([to("a")]))).toEqual([to("a.other.svc.cluster.local")])
})

it("a delegate that is missing or not exported leaves nothing", () => {
  expect(routes(root({ delegate }))).toEqual([])
  expect(routes(root({ delegate }), child([to("a.b")], ["."]))).toEqual([])
})

it.each<[string, HttpMatch, HttpMatch, HttpMatch | undefined]>([
  ["a longer prefix", { uri: { prefix: "/a" } }, { uri: { prefix: "/a/b" } }, { uri: { prefix: "/a/b" } }],
  ["a path below the prefix", { uri: { prefix: "/a" } }, { uri: { exact: "/a/b" } }, { uri: { exact: "/a/b" } }],
  ["another prefix", { uri: { prefix: "/a" } }, { uri: { prefix: "/b" } }, undefined],
  ["a prefix of the exact path", { uri: { exact: "/a" } }, { uri: { prefix: "/a" } }, undefined],
  ["a pattern beside a prefix", { uri: { prefix: "/a" } }, { uri: { regex: "/a.*" } }, undefined],
  ["other conditions", { uri: { prefix: "/a" } }, { port: 80 }, { uri: { prefix: "/a" }, port: 80 }],
  ["another port", { port: 80 }, { port: 81 }, undefined],
  [
    "header fields of both",
    { headers: { a: { exact: "1" } } },
    { headers: { b: { exact: "2" } } },
    { headers: { a: { exact: "1" }, b: { exact: "2" } } },
  ],
  ["another value", { headers: { a: { exact: "1" } } }, { headers: { a: { exact: "2" } } }, undefined],
])("matches of both: %s", (_what, outer, inner, both) => {
  const http = routes(root({ delegate, match: [outer] }), child([{ ...to("a.b"), match: [inner] }]))
  expect(http.map(({ match }) => match)).toEqual(both === undefined ? [] : [[both]])
})
