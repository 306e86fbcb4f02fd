import { z } from "zod"
import type { Path } from "./path.ts"

const destination = z.looseObject({
  host: z.string().optional(),
  subset: z.string().optional(),
  name: z.unknown().optional(),
})
const route = z.looseObject({
  name: z.string().optional(),
  route: z.array(z.looseObject({ destination: destination.optional(), weight: z.number().optional() })).optional(),
})
const virtualService = z.looseObject({ spec: z.looseObject({ http: z.array(route).optional() }) })

export interface RouteQuery {
  /** Subsets of the two sides. */
  readonly stable: string
  readonly canary: string
  /** Name of the http route, needed only when several carry both subsets. */
  readonly route?: string
}

/** The weights of one http route with several destinations. */
export interface RouteWeights {
  /** Host of the managed destinations, as written. */
  readonly host: string
  /** As written, by position; a missing weight is 0, as for Istio. */
  readonly weights: readonly number[]
  readonly stable: number
  readonly canary: number
  /** From the object's root to the weight at each position. */
  readonly paths: readonly Path[]
}

export type RouteResult =
  | { readonly ok: true; readonly route: RouteWeights }
  /** A clause that completes “VirtualService …: ”. */
  | { readonly ok: false; readonly reason: string }

const refuse = (reason: string): RouteResult => ({ ok: false, reason })

/**
 * Finds the http route that splits traffic between the two subsets, by Istio's rules: weights need not sum to 100 when
 * read, a total of 0 with several destinations is invalid. `tcp`, `tls` and routes without our subsets are not looked at.
 */
export function readRoute(object: unknown, query: RouteQuery): RouteResult {
  const parsed = virtualService.safeParse(object)
  if (!parsed.success) return refuse(`spec does not read (${z.prettifyError(parsed.error).split("\n").join(" ")})`)
  const routes = (parsed.data.spec.http ?? []).map((http, index) => ({ http, index }))
  const old = routes.flatMap(({ http }) => http.route ?? []).find((one) => typeof one.destination?.name === "string")
  if (old !== undefined)
    return refuse(
      `it uses destination.name, which Istio dropped with 1.0; write “host: ${String(old.destination?.name)}” instead`,
    )
  const carries = (http: z.infer<typeof route>, subset: string): boolean =>
    (http.route ?? []).some((one) => one.destination?.subset === subset)
  const named = query.route === undefined ? routes : routes.filter(({ http }) => http.name === query.route)
  const both = named.filter(({ http }) => carries(http, query.stable) && carries(http, query.canary))
  const [only, second] = both
  if (only === undefined) return refuse(whyNone(query, named.length === 0 && query.route !== undefined))
  if (second !== undefined)
    return refuse(`several http routes carry both subsets; say which in the Canary (virtualService: {name, route})`)
  return weightsOf(only.http, only.index, query)
}

function whyNone(query: RouteQuery, noSuchRoute: boolean): string {
  if (noSuchRoute) return `it has no http route named ${String(query.route)}`
  return `no http route has a destination for each of the subsets ${query.stable} and ${query.canary}; write both, one with weight: 0`
}

function weightsOf(http: z.infer<typeof route>, index: number, query: RouteQuery): RouteResult {
  const destinations = http.route ?? []
  const stable = destinations.findIndex((one) => one.destination?.subset === query.stable)
  const canary = destinations.findIndex((one) => one.destination?.subset === query.canary)
  const doubled = destinations.filter((one) => [query.stable, query.canary].includes(one.destination?.subset ?? ""))
  if (doubled.length > 2) return refuse(`a subset stands twice in the same http route; keep one destination of each`)
  const weights = destinations.map((one) => one.weight ?? 0)
  if (weights.some((weight) => !Number.isInteger(weight) || weight < 0))
    return refuse("a weight is not a whole number from 0 on")
  if (weights.every((weight) => weight === 0)) return refuse("all its weights are 0, which Istio refuses")
  if ((weights[stable] ?? 0) + (weights[canary] ?? 0) === 0)
    return refuse(`both ${query.stable} and ${query.canary} have weight 0; give one of them a share to split`)
  return {
    ok: true,
    route: {
      host: destinations[stable]?.destination?.host ?? "",
      weights,
      stable,
      canary,
      paths: destinations.map((_, position) => ["spec", "http", index, "route", position, "weight"]),
    },
  }
}

/** Share of the canary in what the two sides get together, in percent, rounded to a whole number. */
export function canaryPercent(route: RouteWeights): number {
  const canary = route.weights[route.canary] ?? 0
  const both = canary + (route.weights[route.stable] ?? 0)
  return both === 0 ? 0 : Math.round((100 * canary) / both)
}

/**
 * Weights with which the canary gets `percent` of what the two sides get together. They sum to 100; destinations that are
 * neither side keep their share.
 */
export function weightsFor(route: RouteWeights, percent: number): number[] {
  const total = route.weights.reduce((sum, weight) => sum + weight, 0)
  const shares = largestRemainder(route.weights, total)
  const both = (shares[route.stable] ?? 0) + (shares[route.canary] ?? 0)
  const canary = Math.round((both * percent) / 100)
  return shares.map((share, position) => {
    if (position === route.canary) return canary
    return position === route.stable ? both - canary : share
  })
}

/** Whole percentages that sum to 100 and are as near to the shares as can be. */
function largestRemainder(weights: readonly number[], total: number): number[] {
  const exact = weights.map((weight) => (100 * weight) / total)
  const floors = exact.map(Math.floor)
  const missing = 100 - floors.reduce((sum, floor) => sum + floor, 0)
  const order = exact
    .map((value, position) => ({ position, rest: value - Math.floor(value) }))
    .sort((a, b) => b.rest - a.rest || a.position - b.position)
    .slice(0, missing)
    .map(({ position }) => position)
  return floors.map((floor, position) => floor + (order.includes(position) ? 1 : 0))
}
