import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import type { Session } from "../session.ts"

async function redirecting(s: Session, redirect: JsonObject, paths: readonly string[], match?: JsonObject) {
  await s.apply(s.rule({ http: [{ ...(match && { match: [match] }), redirect }] }))
  for (const path of paths) await s.ask({ path })
}

async function answering(s: Session, rule: JsonObject) {
  await s.apply(s.rule({ http: [rule] }))
  await s.ask()
  await s.ask({ method: "HEAD" })
}

export const redirects = suite("redirects", {
  uri: (s) => redirecting(s, { uri: "/new" }, ["/old", "/old/x?y=z"]),
  "uri-with-query": (s) => redirecting(s, { uri: "/new?a=b" }, ["/old?y=z"]),
  "prefix-rewrite": (s) =>
    redirecting(s, { prefixRewrite: "/new" }, ["/old", "/old/x?y=z"], { uri: { prefix: "/old" } }),
  authority: (s) => redirecting(s, { authority: "elsewhere.test" }, ["/a?b=c"]),
  "scheme-https": (s) => redirecting(s, { scheme: "https" }, ["/a?b=c"]),
  port: (s) => redirecting(s, { port: 8443 }, ["/a"]),
  "port-of-the-request": (s) =>
    redirecting(s, { authority: "elsewhere.test", derivePort: "FROM_REQUEST_PORT" }, ["/a"]),
  "everything-at-once": (s) =>
    redirecting(s, { uri: "/new", authority: "elsewhere.test", scheme: "https", port: 8443, redirectCode: 308 }, [
      "/a?b=c",
    ]),
  codes: async (s) => {
    for (const redirectCode of [301, 302, 303, 307, 308]) await redirecting(s, { uri: "/new", redirectCode }, ["/a"])
  },
  "at-the-gateway": async (s) => {
    const host = `${s.name}.test`
    await s.apply(s.rule({ hosts: [host], gateways: ["shared"], http: [{ redirect: { scheme: "https" } }] }))
    await s.ask({ from: "gateway", host, path: "/a?b=c" })
    await s.ask({ from: "gateway", host: `${host}:80`, path: "/a" })
  },
})

export const answers = suite("answers", {
  "a-body": (s) => answering(s, { directResponse: { status: 418, body: { string: "short and stout\n" } } }),
  bytes: (s) => answering(s, { directResponse: { status: 200, body: { bytes: "eyJhIjoxfQ==" } } }),
  "no-body": (s) => answering(s, { directResponse: { status: 503 } }),
  "with-header-fields": (s) =>
    answering(s, {
      directResponse: { status: 200, body: { string: "{}" } },
      headers: { response: { set: { "content-type": "application/json" }, add: { "x-by": "the proxy" } } },
    }),
  "before-other-routes": async (s) => {
    const closed = { match: [{ uri: { prefix: "/closed" } }], directResponse: { status: 403 } }
    await s.apply(s.subsets(), s.rule({ http: [closed, { route: [s.to("v1")] }] }))
    await s.who({ path: "/closed" })
    await s.who({ path: "/open" })
  },
})
