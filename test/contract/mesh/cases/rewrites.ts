import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import type { Session } from "../session.ts"

async function rewriting(s: Session, match: JsonObject | undefined, rewrite: JsonObject, paths: readonly string[]) {
  const http = [{ ...(match && { match: [match] }), rewrite, route: [s.to("v1")] }, { route: [s.to("v2")] }]
  await s.apply(s.subsets(), s.rule({ http }))
  for (const path of paths) await s.ask({ path })
}

export const rewrites = suite("rewrites", {
  "uri-of-a-prefix": (s) =>
    rewriting(s, { uri: { prefix: "/api" } }, { uri: "/v2" }, ["/api", "/api/x?y=z", "/apix", "/other"]),
  "uri-of-a-prefix-with-slash": (s) =>
    rewriting(s, { uri: { prefix: "/api/" } }, { uri: "/" }, ["/api/", "/api/x", "/api"]),
  "uri-of-a-prefix-to-root": (s) => rewriting(s, { uri: { prefix: "/api" } }, { uri: "/" }, ["/api", "/api/x"]),
  "uri-of-an-exact-path": (s) => rewriting(s, { uri: { exact: "/api" } }, { uri: "/v2" }, ["/api", "/api?a=b"]),
  "uri-of-a-regex": (s) => rewriting(s, { uri: { regex: "/api/[a-z]+" } }, { uri: "/v2" }, ["/api/x", "/api/x?a=b"]),
  "uri-of-every-path": (s) => rewriting(s, undefined, { uri: "/v2" }, ["/", "/a/b?c=d"]),
  "uri-ignoring-case": (s) =>
    rewriting(s, { uri: { prefix: "/api" }, ignoreUriCase: true }, { uri: "/v2" }, ["/API/x"]),
  authority: (s) => rewriting(s, undefined, { authority: "elsewhere.test" }, ["/a"]),
  "uri-and-authority": (s) =>
    rewriting(s, { uri: { prefix: "/a" } }, { uri: "/b", authority: "elsewhere.test:8080" }, ["/a/c"]),
  regex: (s) =>
    rewriting(
      s,
      { uri: { prefix: "/service/" } },
      { uriRegexRewrite: { match: "^/service/([^/]+)(/.*)$", rewrite: "\\2/instance/\\1" } },
      ["/service/foo/v1/api?a=b", "/service/foo"],
    ),
  "regex-more-than-once": (s) =>
    rewriting(s, undefined, { uriRegexRewrite: { match: "a+", rewrite: "<\\0>" } }, ["/a/baab/c", "/b"]),
  "at-the-gateway": async (s) => {
    const host = `${s.name}.test`
    const http = [
      { match: [{ uri: { prefix: "/api/" } }], rewrite: { uri: "/", authority: s.fqdn }, route: [s.to("v1")] },
    ]
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http }))
    await s.ask({ from: "gateway", host, path: "/api/x?y=z" })
  },
})
