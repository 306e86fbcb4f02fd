import type { RouteMatch, StringMatch } from "../snapshot.ts"
import { compileRegex } from "../plane/match.ts"
import type { HttpMatch, IstioStringMatch } from "./istio.ts"

/** What a route is made for: a proxy's listener. */
export interface Listener {
  readonly port: number
  /** `mesh`, or the gateways (`namespace/name`) that open the port. */
  readonly gateways: ReadonlySet<string>
}

/** Whether a match can hold at all on a listener; its own `gateways` are as written in the object of `namespace`. */
export function appliesTo(match: HttpMatch, listener: Listener, namespace: string): boolean {
  if (match.port !== undefined && match.port !== 0 && match.port !== listener.port) return false
  if (!match.gateways || match.gateways.length === 0) return true
  return match.gateways.some((name) => listener.gateways.has(gatewayKey(name, namespace)))
}

/** `namespace/name` of a gateway as VirtualServices name it; `mesh` stays. */
export function gatewayKey(name: string, namespace: string): string {
  if (name === "mesh" || name.includes("/")) return name
  // The old form: gateway.namespace.svc.cluster.local
  const [short = "", other] = name.split(".")
  return other === undefined ? `${namespace}/${short}` : `${other}/${short}`
}

/** Throws SyntaxError when a pattern is not understood. */
export function translateMatch(match: HttpMatch): RouteMatch {
  // With `gateways` stated the source is not looked at (as in istiod).
  const bySource = !match.gateways || match.gateways.length === 0
  const uri = match.uri && translateString(match.uri)
  const { ignoreUriCase, method, authority, scheme, headers, withoutHeaders, queryParams } = match
  return {
    ...(uri ? { uri } : {}),
    ...(ignoreUriCase ? { ignoreUriCase } : {}),
    ...(method ? { method: translateString(method) } : {}),
    ...(authority ? { authority: translateString(authority) } : {}),
    ...(scheme ? { scheme: translateString(scheme) } : {}),
    ...(headers ? { headers: translateAll(headers) } : {}),
    ...(withoutHeaders ? { withoutHeaders: translateAll(withoutHeaders) } : {}),
    ...(queryParams ? { queryParams: translateAll(queryParams) } : {}),
    ...(bySource && match.sourceLabels ? { sourceLabels: match.sourceLabels } : {}),
    ...(bySource && match.sourceNamespace ? { sourceNamespace: match.sourceNamespace } : {}),
  }
}

function translateAll(matches: Readonly<Record<string, IstioStringMatch>>): Record<string, StringMatch> {
  return Object.fromEntries(Object.entries(matches).map(([name, match]) => [name, translateString(match)]))
}

export function translateString(match: IstioStringMatch): StringMatch {
  if (match.exact !== undefined) return { exact: match.exact }
  if (match.prefix !== undefined) return { prefix: match.prefix }
  // An empty match, and the regex `*` (which RE2 would refuse), ask for presence only.
  if (match.regex === undefined || match.regex === "*") return { present: true }
  compileRegex(match.regex)
  return { regex: match.regex }
}
