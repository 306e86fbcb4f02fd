import { expansions } from "../names.ts"
import type { MeshService } from "../snapshot.ts"

/** How many aliases (`ExternalName`) are followed. */
const maxAliases = 8

/**
 * The addresses behind a name as the cluster's DNS gives them: the ClusterIP, for headless services the pods' IPs, and
 * those of pods with a host name of their own. Names that do not end in `cluster.local` go through the search list.
 * Undefined: no such name. Nothing outside the cluster is known.
 */
export function resolveName(
  services: ReadonlyMap<string, MeshService>,
  asked: string,
  namespace: string,
): readonly string[] | undefined {
  const name = asked.toLowerCase().replace(/\.$/, "")
  const candidates = name.endsWith(".cluster.local") ? [name] : expansions(name, namespace)
  for (const candidate of candidates) {
    const addresses = lookUp(services, candidate, maxAliases)
    if (addresses) return addresses
  }
  return undefined
}

function lookUp(
  services: ReadonlyMap<string, MeshService>,
  name: string,
  aliases: number,
): readonly string[] | undefined {
  const service = services.get(name)
  if (service) {
    if (service.alias !== undefined) return aliases > 0 ? lookUp(services, service.alias, aliases - 1) : undefined
    return service.headless?.addresses ?? service.clusterIPs
  }
  const dot = name.indexOf(".")
  const address = services.get(name.slice(dot + 1))?.headless?.named[name.slice(0, dot)]
  return address === undefined ? undefined : [address]
}
