import type { RequestHead } from "../../http1/index.ts"
import type { RouteMatch, StringMatch } from "../snapshot.ts"

/** A request as route matches see it. */
export interface RequestView {
  readonly head: RequestHead
  /** Without query. */
  readonly path: string
  /** Behind the `?`; "" without one. */
  readonly query: string
  readonly sourceLabels: Readonly<Record<string, string>>
  readonly sourceNamespace: string
}

/**
 * Tests a request. The result is how much of its path was matched by a prefix (what a rewrite replaces), the whole path
 * for exact and regex matches; -1: no match.
 */
export type Matcher = (request: RequestView) => number

type Test = (value: string | undefined) => boolean

/** No condition at all matches the prefix `/`, as in Envoy. */
export const matchesAll: Matcher = () => 1

export function compileMatch(match: RouteMatch): Matcher {
  const conditions: ((request: RequestView) => boolean)[] = []
  const whenGiven = (given: StringMatch | undefined, value: (request: RequestView) => string | undefined): void => {
    if (!given) return
    const test = compileString(given)
    conditions.push((request) => test(value(request)))
  }
  whenGiven(match.method, (request) => request.head.method)
  whenGiven(match.authority, (request) => request.head.fields.get("host"))
  whenGiven(match.scheme, (request) => request.head.fields.get("x-forwarded-proto") ?? "http")
  for (const [name, wanted] of Object.entries(match.headers ?? {})) {
    whenGiven(wanted, (request) => request.head.fields.joined(name.toLowerCase()))
  }
  for (const [name, unwanted] of Object.entries(match.withoutHeaders ?? {})) {
    const test = compileString(unwanted)
    // A header that is missing counts as empty, unless its mere presence is asked for.
    const missing = "present" in unwanted ? undefined : ""
    conditions.push((request) => !test(request.head.fields.joined(name.toLowerCase()) ?? missing))
  }
  for (const [name, wanted] of Object.entries(match.queryParams ?? {})) {
    whenGiven(wanted, (request) => queryParameter(request.query, name))
  }
  const { sourceLabels, sourceNamespace } = match
  if (sourceLabels) {
    const labels = Object.entries(sourceLabels)
    conditions.push((request) => labels.every(([name, value]) => request.sourceLabels[name] === value))
  }
  if (sourceNamespace) conditions.push((request) => request.sourceNamespace === sourceNamespace)
  const uri = compileUri(match)
  return (request) => (conditions.every((holds) => holds(request)) ? uri(request.path) : -1)
}

function compileUri({ uri, ignoreUriCase }: RouteMatch): (path: string) => number {
  if (!uri || "present" in uri) return () => 1
  if ("regex" in uri) {
    const pattern = compileRegex(uri.regex)
    return (path) => (pattern.test(path) ? path.length : -1)
  }
  const fold = ignoreUriCase ? (text: string): string => text.toLowerCase() : (text: string): string => text
  if ("exact" in uri) {
    const exact = fold(uri.exact)
    return (path) => (fold(path) === exact ? path.length : -1)
  }
  const prefix = fold(uri.prefix)
  return (path) => (fold(path).startsWith(prefix) ? prefix.length : -1)
}

/** The first value of a name, as it is written: Envoy decodes neither. */
function queryParameter(query: string, name: string): string | undefined {
  for (const pair of query.split("&")) {
    const at = pair.indexOf("=")
    if ((at < 0 ? pair : pair.slice(0, at)) === name && pair !== "") return at < 0 ? "" : pair.slice(at + 1)
  }
  return undefined
}

export function compileString(match: StringMatch): Test {
  if ("present" in match) return (value) => value !== undefined
  if ("exact" in match) return (value) => value === match.exact
  if ("prefix" in match) return (value) => value !== undefined && value.startsWith(match.prefix)
  const pattern = compileRegex(match.regex)
  return (value) => value !== undefined && pattern.test(value)
}

/**
 * A pattern in RE2's syntax that must match the whole text, as Envoy has it. What RE2 writes differently and is in
 * common use is translated: leading flags `(?i)`, `(?s)` and named groups `(?P<name>…)`. Throws SyntaxError.
 */
export function compileRegex(pattern: string): RegExp {
  const flags = /^\(\?([is]+)\)/.exec(pattern)
  const body = (flags ? pattern.slice(flags[0].length) : pattern).replaceAll("(?P<", "(?<")
  return new RegExp(`^(?:${body})$`, `u${flags?.[1] ?? ""}`)
}
