/** A destination that would get more traffic than it has now. */
export interface RaisedWeight {
  readonly host: string
  readonly subset: string
  readonly weight: number
}

interface Route {
  readonly weight?: number
  readonly destination?: { readonly host?: string; readonly subset?: string }
}

interface VirtualService {
  readonly spec?: { readonly http?: readonly { readonly name?: string; readonly route?: readonly Route[] }[] }
}

/** The subsets to which a VirtualService gives more weight than the live one does: their pods must be ready first. */
export function raisedWeights(desired: object, live: object | undefined): readonly RaisedWeight[] {
  const now = live ? weightsOf(live) : new Map<string, RaisedWeight>()
  return [...weightsOf(desired)].flatMap(([key, raised]) =>
    raised.weight > (now.get(key)?.weight ?? 0) ? [raised] : [],
  )
}

/** The highest weight of each subset over all http routes; a lone destination gets everything. */
function weightsOf(object: object): Map<string, RaisedWeight> {
  const highest = new Map<string, RaisedWeight>()
  for (const http of (object as VirtualService).spec?.http ?? []) {
    const routes = http.route ?? []
    const total = routes.reduce((sum, { weight }) => sum + (weight ?? 0), 0)
    for (const { weight, destination } of routes) {
      const { host, subset } = destination ?? {}
      if (host === undefined || subset === undefined) continue
      const share = routes.length === 1 ? 100 : total === 0 ? 0 : ((weight ?? 0) / total) * 100
      const key = `${host}/${subset}`
      if (share > (highest.get(key)?.weight ?? -1)) highest.set(key, { host, subset, weight: share })
    }
  }
  return highest
}
