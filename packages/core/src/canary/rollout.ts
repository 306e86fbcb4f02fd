import { locate, type Located, type LocateResult, type ObjectName } from "../edit/locate.ts"
import type { Tree } from "../edit/edit.ts"
import { valueAt } from "../edit/path.ts"
import { canaryPercent, readRoute, type RouteWeights } from "../edit/virtual-service.ts"
import { containersOf, replicasOf, type Container } from "../edit/workload.ts"
import { parseDelivery, type Delivery } from "./delivery.ts"
import { parseCanarySpec, type CanarySpec, type Side } from "./spec.ts"

export interface CanaryRef {
  readonly namespace: string
  readonly name: string
}

/** One side as Git states it. */
export interface GitSide {
  readonly located: Located
  readonly container: Container
  /** Undefined where Git leaves replicas to others. */
  readonly replicas: number | undefined
}

/** Everything about one canary that Git states. */
export interface Rollout {
  readonly ref: CanaryRef
  readonly spec: CanarySpec
  readonly canaryAt: Located
  readonly virtualService: Located
  readonly route: RouteWeights
  /** Share of the canary in the managed traffic, in percent. */
  readonly percent: number
  readonly stable: GitSide
  readonly canary: GitSide
  readonly deliveryAt: Located | undefined
  readonly delivery: Delivery | undefined
}

export type RolloutResult =
  | { readonly ok: true; readonly rollout: Rollout }
  /** A sentence with the next step. */
  | { readonly ok: false; readonly reason: string }

/** Where objects are looked up: a tree, the manifests of a revision, or the cluster. */
export type Find = (name: ObjectName) => LocateResult

const CANARY_GROUP = "serin.dev"

export const canaryName = (ref: CanaryRef): ObjectName => ({ group: CANARY_GROUP, kind: "Canary", ...ref })
export const deliveryName = (ref: CanaryRef): ObjectName => ({ group: CANARY_GROUP, kind: "Delivery", ...ref })
export const deploymentName = (namespace: string, name: string): ObjectName => ({
  group: "apps",
  kind: "Deployment",
  namespace,
  name,
})
export const virtualServiceName = (namespace: string, name: string): ObjectName => ({
  group: "networking.istio.io",
  kind: "VirtualService",
  namespace,
  name,
})

export function readRollout(tree: Tree, ref: CanaryRef): RolloutResult {
  return readRolloutFrom((name) => locate(tree, name), ref)
}

class Unreadable extends Error {}

function found(result: LocateResult): Located {
  if (result.ok) return result.located
  throw new Unreadable(result.reason)
}

/** Reads a canary with all that belongs to it; the first thing that is missing or does not read is the reason. */
export function readRolloutFrom(find: Find, ref: CanaryRef): RolloutResult {
  try {
    return { ok: true, rollout: read(find, ref) }
  } catch (error) {
    if (error instanceof Unreadable) return { ok: false, reason: error.message }
    throw error
  }
}

function read(find: Find, ref: CanaryRef): Rollout {
  const { namespace, name } = ref
  const canaryAt = found(find(canaryName(ref)))
  const parsed = parseCanarySpec(name, valueAt(canaryAt.object, ["spec"]))
  if (!parsed.ok)
    throw new Unreadable(`Canary ${namespace}/${name} (${canaryAt.path}) does not read: ${parsed.reason}.`)
  const { spec } = parsed
  const virtualService = found(find(virtualServiceName(namespace, spec.virtualService.name)))
  const route = readRoute(virtualService.object, {
    stable: spec.stable.subset,
    canary: spec.canary.subset,
    ...(spec.virtualService.route !== undefined && { route: spec.virtualService.route }),
  })
  if (!route.ok)
    throw new Unreadable(
      `VirtualService ${namespace}/${spec.virtualService.name} (${virtualService.path}): ${route.reason}.`,
    )
  const state = readDelivery(find(deliveryName(ref)), ref)
  return {
    ref,
    spec,
    canaryAt,
    virtualService,
    route: route.route,
    percent: canaryPercent(route.route),
    stable: readSide(find, namespace, spec.stable),
    canary: readSide(find, namespace, spec.canary),
    ...state,
  }
}

function readDelivery(result: LocateResult, ref: CanaryRef): Pick<Rollout, "delivery" | "deliveryAt"> {
  if (!result.ok && result.missing) return { delivery: undefined, deliveryAt: undefined }
  const deliveryAt = found(result)
  const parsed = parseDelivery(valueAt(deliveryAt.object, ["spec"]))
  if (parsed.ok) return { delivery: parsed.delivery, deliveryAt }
  throw new Unreadable(
    `Delivery ${ref.namespace}/${ref.name} (${deliveryAt.path}) does not read: ${parsed.reason}; restore it, or remove the file so that Serin begins from what is there.`,
  )
}

function readSide(find: Find, namespace: string, side: Side): GitSide {
  const located = found(find(deploymentName(namespace, side.deployment)))
  const containers = containersOf("Deployment", located.object)
  const container = side.container === undefined ? containers[0] : containers.find((one) => one.name === side.container)
  if (container !== undefined) return { located, container, replicas: replicasOf(located) }
  const which = side.container === undefined ? "no container with an image" : `no container ${side.container}`
  throw new Unreadable(`Deployment ${namespace}/${side.deployment} (${located.path}) has ${which}.`)
}
