import type { HttpMatch, HttpRoute, IstioStringMatch, VirtualService } from "./istio.ts"

/**
 * Puts the routes of VirtualServices without hosts in the place of the routes that delegate to them, as istiod does before
 * anything else. The results are in the order of the given ones; delegates themselves are left out.
 */
export function resolveDelegates(virtualServices: readonly VirtualService[]): VirtualService[] {
  const delegates = new Map(
    virtualServices
      .filter(isDelegate)
      .map((vs) => [`${vs.metadata.namespace ?? "default"}/${vs.metadata.name ?? ""}`, vs]),
  )
  return virtualServices.filter((vs) => !isDelegate(vs)).map((vs) => resolved(vs, delegates))
}

const isDelegate = ({ spec }: VirtualService): boolean => (spec?.hosts ?? []).length === 0

function resolved(root: VirtualService, delegates: ReadonlyMap<string, VirtualService>): VirtualService {
  const { http = [] } = root.spec ?? {}
  if (!http.some(({ delegate }) => delegate !== undefined)) return root
  const own = root.metadata.namespace ?? "default"
  return {
    ...root,
    spec: {
      ...root.spec,
      http: http.flatMap((rule) => {
        const { delegate, ...rest } = rule
        if (delegate === undefined) return [rule]
        const child = delegates.get(`${delegate.namespace ?? own}/${delegate.name ?? ""}`)
        if (!child || !isVisible(child, own)) return []
        return (child.spec?.http ?? []).flatMap((route) => merged(rest, inNamespace(route, child)) ?? [])
      }),
    },
  }
}

function isVisible({ metadata, spec }: VirtualService, namespace: string): boolean {
  const { exportTo = [] } = spec ?? {}
  if (exportTo.length === 0 || exportTo.includes("*") || exportTo.includes(namespace)) return true
  return exportTo.includes(".") && metadata.namespace === namespace
}

/** Short names of a delegate's destinations are services of its own namespace. */
function inNamespace(route: HttpRoute, { metadata }: VirtualService): HttpRoute {
  const full = <T extends { readonly host: string }>(destination: T): T =>
    destination.host.includes(".")
      ? destination
      : { ...destination, host: `${destination.host}.${metadata.namespace ?? "default"}.svc.cluster.local` }
  return {
    ...route,
    ...(route.route && {
      route: route.route.map((entry) => ({
        ...entry,
        ...(entry.destination && { destination: full(entry.destination) }),
      })),
    }),
    ...(route.mirror && { mirror: full(route.mirror) }),
    ...(route.mirrors && {
      mirrors: route.mirrors.map((entry) => ({
        ...entry,
        ...(entry.destination && { destination: full(entry.destination) }),
      })),
    }),
  }
}

/** A delegate's route under the route that delegates: what it leaves open is taken from there. Undefined: it can never match. */
function merged(root: HttpRoute, leaf: HttpRoute): HttpRoute | undefined {
  const match = mergedMatches(root.match ?? [], leaf.match ?? [])
  if (match === undefined) return undefined
  const name = [root.name, leaf.name].filter(Boolean).join("-")
  return { ...root, ...leaf, ...(name === "" ? {} : { name }), ...(match.length > 0 && { match }) }
}

function mergedMatches(root: readonly HttpMatch[], leaf: readonly HttpMatch[]): readonly HttpMatch[] | undefined {
  if (root.length === 0) return leaf
  if (leaf.length === 0) return root
  const both = root.flatMap((outer) =>
    leaf.filter((inner) => !contradict(outer, inner)).map((inner) => mergedMatch(outer, inner)),
  )
  return both.length === 0 ? undefined : both
}

function mergedMatch(root: HttpMatch, leaf: HttpMatch): HttpMatch {
  const maps = ["headers", "withoutHeaders", "queryParams", "sourceLabels"] as const
  const joined = maps.map((field) => [field, { ...root[field], ...leaf[field] }] as const)
  return { ...root, ...leaf, ...Object.fromEntries(joined.filter(([, value]) => Object.keys(value).length > 0)) }
}

function contradict(root: HttpMatch, leaf: HttpMatch): boolean {
  const texts = ["uri", "scheme", "method", "authority"] as const
  if (texts.some((field) => textsContradict(root[field], leaf[field]))) return true
  const maps = ["headers", "withoutHeaders", "queryParams"] as const
  if (
    maps.some((map) =>
      Object.entries(leaf[map] ?? {}).some(([name, value]) => textsContradict(root[map]?.[name], value)),
    )
  ) {
    return true
  }
  const differ = (a: unknown, b: unknown): boolean => Boolean(a) && Boolean(b) && a !== b
  if (differ(root.port, leaf.port) || differ(root.sourceNamespace, leaf.sourceNamespace)) return true
  return Object.entries(leaf.sourceLabels ?? {}).some(([name, value]) => differ(root.sourceLabels?.[name], value))
}

/** istiod compares patterns by their text: a regex goes with nothing else, and a delegate may only narrow a prefix. */
function textsContradict(root: IstioStringMatch | undefined, leaf: IstioStringMatch | undefined): boolean {
  if (!root || !leaf) return false
  const isSet = ({ exact, prefix, regex }: IstioStringMatch): boolean => Boolean(exact || prefix || regex)
  if ((root.regex && isSet(leaf)) || (leaf.regex && isSet(root))) return true
  if (root.exact) return Boolean(leaf.prefix) || leaf.exact !== root.exact
  const { prefix } = root
  return (
    Boolean(prefix) && !(leaf.prefix ?? "").startsWith(prefix ?? "") && !(leaf.exact ?? "").startsWith(prefix ?? "")
  )
}
