import { Fields } from "../../http1/index.ts"
import type { RequestHead } from "../../http1/index.ts"
import type { CorsPolicy } from "../snapshot.ts"
import { compileString } from "./match.ts"

/** What a route's policy makes of a request from a page of another origin. */
export type CorsVerdict =
  /** Not asked for, or not allowed: the browser sees that nothing is said. */
  | { readonly kind: "none" }
  /** Goes on; these fields go into the answer. */
  | { readonly kind: "allowed"; readonly fields: Fields }
  /** Answered by the proxy itself. */
  | { readonly kind: "preflight"; readonly fields: Fields }

/** As Envoy's filter: a preflight is an OPTIONS that names an origin and a method. */
export function judgeOrigin(policy: CorsPolicy | undefined, head: RequestHead): CorsVerdict {
  const origin = head.fields.get("origin")
  if (!policy || origin === undefined) return { kind: "none" }
  const preflight = head.method === "OPTIONS" && (head.fields.get("access-control-request-method") ?? "") !== ""
  if (!policy.origins.some((allowed) => compileString(allowed)(origin))) {
    return preflight && !policy.forwardUnmatched ? { kind: "preflight", fields: new Fields([]) } : { kind: "none" }
  }
  const fields = new Fields(["access-control-allow-origin", origin])
  if (policy.credentials) fields.append("access-control-allow-credentials", "true")
  if (preflight) {
    if (policy.methods !== "") fields.append("access-control-allow-methods", policy.methods)
    if (policy.headers !== "") fields.append("access-control-allow-headers", policy.headers)
    if (policy.maxAge !== undefined) fields.append("access-control-max-age", policy.maxAge)
  }
  if (policy.expose !== "") fields.append("access-control-expose-headers", policy.expose)
  return { kind: preflight ? "preflight" : "allowed", fields }
}
