import type { Redirect, Forward } from "../snapshot.ts"
import { hostOf } from "../names.ts"
import { compileRegex } from "./match.ts"

/** A request target split at its query. */
export interface Target {
  readonly path: string
  /** With its `?`; "" without one. */
  readonly search: string
  /** Of a target in absolute form. */
  readonly authority?: string
}

/** Splits origin form; the absolute form (RFC 9112 section 3.2.2) gives its authority as well. */
export function splitTarget(target: string): Target {
  const absolute = /^https?:\/\/([^/?#]+)(.*)$/i.exec(target)
  const origin = absolute ? absolute[2] || "/" : target
  const at = origin.indexOf("?")
  const path = normalPath(at < 0 ? origin : origin.slice(0, at))
  const split = { path, search: at < 0 ? "" : origin.slice(at) }
  return absolute?.[1] === undefined ? split : { ...split, authority: absolute[1] }
}

/**
 * The one way to write a path, so that routes cannot be got round by another (RFC 3986 section 6.2.2): dot segments are
 * gone, what needs no escape has none, and a backslash is a slash. Istio's `pathNormalization: BASE`, its default.
 */
function normalPath(path: string): string {
  const plain = path
    .replaceAll(/%([0-9a-f]{2})/gi, (escape, hex: string) => {
      const character = String.fromCharCode(parseInt(hex, 16))
      return /[\w.~-]/.test(character) ? character : escape
    })
    .replaceAll("\\", "/")
  if (!/\/\.\.?(\/|$)/.test(plain)) return plain
  const kept: string[] = []
  const segments = plain.slice(1).split("/")
  segments.forEach((segment, i) => {
    const last = i === segments.length - 1
    if (segment === "..") kept.pop()
    else if (segment !== ".") kept.push(segment)
    if (last && (segment === "." || segment === "..")) kept.push("")
  })
  return `/${kept.join("/")}`
}

/** The path that goes on to the application. `prefixLength`: how much of it the route's match covered. */
export function rewritePath(path: string, rewrite: Forward["rewrite"], prefixLength: number): string {
  if (rewrite?.uriRegex) {
    const whole = compileRegex(rewrite.uriRegex.match)
    const pattern = new RegExp(whole.source.slice(1, -1), `${whole.flags}g`)
    // RE2 writes groups as \1, JavaScript as $1.
    const substitution = rewrite.uriRegex.rewrite
      .replaceAll("$", "$$$$")
      .replaceAll(/\\(\d)/g, (_, group) => (group === "0" ? "$&" : `$${String(group)}`))
    return path.replace(pattern, substitution)
  }
  if (rewrite?.uri === undefined) return path
  return rewrite.uri + path.slice(prefixLength)
}

/** The `Location` of a redirect, as Envoy builds it. */
export function redirectLocation(redirect: Redirect, target: Target, host: string, prefixLength: number): string {
  const scheme = redirect.scheme ?? "http"
  const name = redirect.authority ?? (redirect.port === undefined && !redirect.scheme ? host : hostOf(host))
  const authority = redirect.port === undefined ? name : `${hostOf(name)}:${redirect.port}`
  if (redirect.uri !== undefined) {
    // A replacement that has a query of its own replaces the request's, too.
    return `${scheme}://${authority}${redirect.uri}${redirect.uri.includes("?") ? "" : target.search}`
  }
  const path =
    redirect.prefixRewrite === undefined ? target.path : redirect.prefixRewrite + target.path.slice(prefixLength)
  return `${scheme}://${authority}${path}${target.search}`
}
