import type { Connection } from "./connection.ts"
import { KubeFailure, type KubeResult } from "./failure.ts"
import type { Kind, ResourceInfo } from "./types.ts"

interface AggregatedDiscovery {
  readonly kind?: string
  readonly items?: readonly {
    readonly metadata?: { readonly name?: string }
    readonly versions?: readonly {
      readonly version: string
      readonly resources?: readonly {
        readonly resource: string
        readonly scope?: string
        readonly verbs?: readonly string[]
        readonly responseKind?: { readonly kind?: string; readonly group?: string; readonly version?: string }
      }[]
    }[]
  }[]
}

const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"

/**
 * Which kinds the API serves, by aggregated discovery (two requests for all of them; Kubernetes 1.27 and later). Kept;
 * asked for again when a kind is not among them, since it may have been defined meanwhile.
 */
export class Discovery {
  readonly #connection: Connection
  #known: ReadonlyMap<string, ResourceInfo> = new Map()
  #reading: Promise<KubeResult<ReadonlyMap<string, ResourceInfo>>> | undefined

  constructor(connection: Connection) {
    this.#connection = connection
  }

  async resolve(kind: Kind): Promise<KubeResult<ResourceInfo>> {
    const known = this.#known.get(keyOf(kind))
    if (known) return { ok: true, value: known }
    const read = await this.refresh()
    if (!read.ok) return read
    const found = read.value.get(keyOf(kind))
    if (found) return { ok: true, value: found }
    const message = `the cluster serves no kind ${kind.kind} in ${kind.apiVersion}`
    return { ok: false, error: new KubeFailure("KUBE_UNKNOWN_KIND", message) }
  }

  /** Asks anew; callers at the same time share the answer. */
  refresh(): Promise<KubeResult<ReadonlyMap<string, ResourceInfo>>> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #read(): Promise<KubeResult<ReadonlyMap<string, ResourceInfo>>> {
    const answers = await Promise.all(
      ["/api", "/apis"].map((path) => this.#connection.json<AggregatedDiscovery>({ method: "GET", path, accept })),
    )
    const found = new Map<string, ResourceInfo>()
    for (const answer of answers) {
      if (!answer.ok) return answer
      if (answer.value.kind !== "APIGroupDiscoveryList") {
        const message = `the API at ${this.#connection.server} has no aggregated discovery`
        const next = "Use Kubernetes 1.27 or later."
        return { ok: false, error: new KubeFailure("KUBE_FAILED", message, { next, retry: "never" }) }
      }
      for (const info of resourcesOf(answer.value)) {
        // The first resource of a kind is the kind itself; later ones (`scale` and the like) only answer with it.
        if (!found.has(keyOf(info))) found.set(keyOf(info), info)
      }
    }
    this.#known = found
    return { ok: true, value: found }
  }
}

function resourcesOf(list: AggregatedDiscovery): ResourceInfo[] {
  return (list.items ?? []).flatMap((item) => {
    const group = item.metadata?.name ?? ""
    return (item.versions ?? []).flatMap(({ version, resources }) =>
      (resources ?? []).flatMap(({ resource, scope, verbs, responseKind }) => {
        if (!responseKind?.kind) return []
        const apiVersion = group === "" ? version : `${group}/${version}`
        const namespaced = scope === "Namespaced"
        return [{ apiVersion, kind: responseKind.kind, group, version, resource, namespaced, verbs: verbs ?? [] }]
      }),
    )
  })
}

function keyOf(kind: Kind): string {
  return `${kind.apiVersion}/${kind.kind}`
}
