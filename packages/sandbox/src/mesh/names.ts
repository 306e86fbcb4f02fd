/** Host names as Kubernetes and Istio read them. */
const clusterDomain = "svc.cluster.local"

export function serviceHost(name: string, namespace: string): string {
  return `${name}.${namespace}.${clusterDomain}`
}

/**
 * The full name of a host in a VirtualService or DestinationRule: a name without a dot is a service of the object's own
 * namespace, everything else is taken as it is. (Istio's rule; `podinfo.test` there is *not* podinfo of namespace test.)
 */
export function fullHost(host: string, namespace: string): string {
  const lower = host.toLowerCase()
  return lower.includes(".") || lower === "*" || lower === "" ? lower : serviceHost(lower, namespace)
}

/** The host part of a `Host` header: without port, lower case, without the root's dot. */
export function hostOf(authority: string): string {
  const lower = authority.toLowerCase()
  const port = lower.startsWith("[") ? lower.indexOf("]:") + 1 : lower.lastIndexOf(":")
  const host = port > 0 ? lower.slice(0, port) : lower
  return host.endsWith(".") ? host.slice(0, -1) : host
}

/**
 * What a name may stand for when a program in `namespace` says it: itself, then what the resolver's search list
 * (`ns.svc.cluster.local svc.cluster.local cluster.local`) makes of it. Proxies know services by these names, too.
 */
export function expansions(name: string, namespace: string): readonly string[] {
  return [name, `${name}.${namespace}.${clusterDomain}`, `${name}.${clusterDomain}`, `${name}.cluster.local`]
}

/** Whether `pattern` (`*`, `*.suffix` or a name) covers `host`. */
export function covers(pattern: string, host: string): boolean {
  if (pattern === "*") return true
  if (!pattern.startsWith("*")) return pattern === host
  const suffix = pattern.slice(1)
  return host.endsWith(suffix) && host.length > suffix.length
}

/** Sorts patterns so that the most specific comes first: names, then longer wildcards, then `*`. */
export function bySpecificity(a: string, b: string): number {
  const wildA = a.startsWith("*") ? 1 : 0
  const wildB = b.startsWith("*") ? 1 : 0
  return wildA - wildB || b.length - a.length
}
