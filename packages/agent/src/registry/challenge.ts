/** A demand to log in, from `WWW-Authenticate` (RFC 9110 §11.6.1; the token server protocol of Docker registries). */
export type Challenge =
  | { readonly scheme: "basic" }
  | { readonly scheme: "bearer"; readonly realm: string; readonly service?: string; readonly scope?: string }

const PARAMETER = /([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g

/** The first challenge that we can answer; undefined when there is none. */
export function parseChallenge(header: string | undefined): Challenge | undefined {
  if (header === undefined) return undefined
  const bearer = /(?:^|,)\s*bearer\s+(.*)/is.exec(header)?.[1]
  if (bearer !== undefined) {
    const values = new Map<string, string>()
    for (const [, name = "", quoted, plain] of bearer.matchAll(PARAMETER))
      if (!values.has(name.toLowerCase()))
        values.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "")
    const realm = values.get("realm")
    const service = values.get("service")
    const scope = values.get("scope")
    if (realm !== undefined)
      return {
        scheme: "bearer",
        realm,
        ...(service !== undefined && { service }),
        ...(scope !== undefined && { scope }),
      }
  }
  return /(?:^|,)\s*basic\b/i.test(header) ? { scheme: "basic" } : undefined
}

/** Milliseconds of a `Retry-After`, in seconds or as a date. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const seconds = Number(header)
  const ms = Number.isNaN(seconds) ? Date.parse(header) - now : seconds * 1000
  return Number.isNaN(ms) ? undefined : Math.max(0, ms)
}

/** Target of `Link: <…>; rel="next"` (RFC 8288). */
export function nextLink(header: string | undefined): string | undefined {
  for (const [, target, parameters = ""] of (header ?? "").matchAll(/<([^>]*)>((?:\s*;[^,]*)*)/g))
    if (/;\s*rel\s*=\s*"?next"?/i.test(parameters)) return target
  return undefined
}

/** A URL that another side gave, undefined when it is none. */
export function urlOf(text: string, base?: URL): URL | undefined {
  return URL.canParse(text, base?.href) ? new URL(text, base) : undefined
}
