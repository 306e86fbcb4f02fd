import type { ImageReference } from "@serin/core"
import type { RegistryMirrors } from "../settings.ts"

/** Where a repository is asked for: base URL of a registry and the repository's path there. */
export interface Endpoint {
  readonly url: string
  readonly path: string
  /** Registry host as in image references, for credentials. */
  readonly registry: string
}

/** Docker Hub's registry is not where its name says. */
const HOSTS: Readonly<Record<string, string>> = { "docker.io": "registry-1.docker.io" }

const isLocal = (registry: string): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(registry)

/**
 * The places to ask for an image, in order. With a mirror configured only its endpoints are asked: where upstream shall
 * be asked too, it is listed among them. Registries on loopback are asked over http, as container runtimes do.
 */
export function endpointsOf(
  { registry, repository }: Pick<ImageReference, "registry" | "repository">,
  mirrors: RegistryMirrors,
): Endpoint[] {
  const mirror = mirrors[registry]
  if (mirror === undefined) {
    const scheme = isLocal(registry) ? "http" : "https"
    return [{ url: `${scheme}://${HOSTS[registry] ?? registry}`, path: repository, registry }]
  }
  const path = rewritten(repository, mirror.rewrite ?? {})
  return mirror.endpoint.map((url) => ({ url: url.replace(/\/+$/, ""), path, registry }))
}

/** The first pattern that matches rewrites the path, as k3s and containerd do it. */
function rewritten(path: string, rewrite: Readonly<Record<string, string>>): string {
  for (const [pattern, replacement] of Object.entries(rewrite)) {
    const expression = new RegExp(pattern)
    if (expression.test(path)) return path.replace(expression, replacement)
  }
  return path
}
