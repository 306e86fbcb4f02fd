import { bySpecificity, covers } from "../names.ts"
import type { Route, VirtualHost } from "../snapshot.ts"
import { compileMatch, matchesAll, type Matcher, type RequestView } from "./match.ts"

/** A route with its conditions compiled; header names of its operations are lower case already. */
export interface CompiledRoute {
  readonly route: Route
  readonly matchers: readonly Matcher[]
}

/** The route that a request takes, and how much of its path a rewrite replaces. */
export interface Matched {
  readonly route: Route
  readonly prefixLength: number
}

interface CompiledHost {
  readonly host: string
  readonly visibleTo: readonly string[] | undefined
  readonly routes: readonly CompiledRoute[]
}

/** Virtual hosts by port, looked up by host name: exact names first, then the longest wildcard. */
export class RouteTable {
  readonly #exact = new Map<string, CompiledHost[]>()
  readonly #wildcards = new Map<number, CompiledHost[]>()

  constructor(hosts: readonly VirtualHost[]) {
    for (const { host, port, visibleTo, routes } of hosts) {
      const compiled: CompiledHost = { host, visibleTo, routes: routes.map(compileRoute) }
      if (host.startsWith("*")) push(this.#wildcards, port, compiled)
      else push(this.#exact, `${host}:${port}`, compiled)
    }
    for (const list of this.#wildcards.values()) list.sort((a, b) => bySpecificity(a.host, b.host))
  }

  /** The routes for exactly this name. */
  exact(host: string, port: number, namespace: string): readonly CompiledRoute[] | undefined {
    return this.#exact.get(`${host}:${port}`)?.find(({ visibleTo }) => !visibleTo || visibleTo.includes(namespace))
      ?.routes
  }

  /** The routes of a host as a proxy in `namespace` sees them; undefined: no such host. */
  find(host: string, port: number, namespace: string): readonly CompiledRoute[] | undefined {
    const visible = ({ visibleTo }: CompiledHost): boolean => !visibleTo || visibleTo.includes(namespace)
    const exact = this.#exact.get(`${host}:${port}`)?.find(visible)
    if (exact) return exact.routes
    return this.#wildcards.get(port)?.find((entry) => covers(entry.host, host) && visible(entry))?.routes
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list) list.push(value)
  else map.set(key, [value])
}

function compileRoute(route: Route): CompiledRoute {
  return { route, matchers: route.matches.length === 0 ? [matchesAll] : route.matches.map(compileMatch) }
}

/** The first route of which a match holds. */
export function firstMatch(routes: readonly CompiledRoute[], request: RequestView): Matched | undefined {
  for (const { route, matchers } of routes) {
    for (const matches of matchers) {
      const prefixLength = matches(request)
      if (prefixLength >= 0) return { route, prefixLength }
    }
  }
  return undefined
}
