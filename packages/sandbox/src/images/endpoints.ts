import type { Reference } from "../oci/index.ts"
import type { RegistryMirrors } from "./store.ts"

/** Where a repository is asked for. */
export interface Endpoint {
  /** `https://registry-1.docker.io` */
  readonly url: string
  readonly repository: string
}

/**
 * The places for a reference, to be tried in order. A host with mirrors is never asked itself: the embedded world must
 * work, and fail, without a network. The first rewrite that matches a repository's name counts.
 */
export function endpointsOf({ host, repository }: Reference, mirrors: RegistryMirrors): Endpoint[] {
  const mirror = mirrors[host] ?? mirrors["*"]
  if (!mirror) return [{ url: defaultUrl(host), repository }]
  const rewritten = rewrite(repository, mirror.rewrite ?? {})
  return mirror.endpoint.map((url) => ({ url, repository: rewritten }))
}

function rewrite(repository: string, rules: Readonly<Record<string, string>>): string {
  for (const [pattern, replacement] of Object.entries(rules)) {
    const expression = new RegExp(pattern)
    if (expression.test(repository)) return repository.replace(expression, replacement)
  }
  return repository
}

function defaultUrl(host: string): string {
  if (host === "docker.io") return "https://registry-1.docker.io"
  // As container runtimes do, what runs on this machine is spoken to without TLS.
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(host) ? `http://${host}` : `https://${host}`
}
