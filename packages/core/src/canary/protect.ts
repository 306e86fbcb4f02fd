import { z } from "zod"
import { canonicalJson, groupOf, type Manifest } from "../manifest/index.ts"
import type { ObjectName } from "../edit/locate.ts"
import { withPath } from "../edit/path.ts"
import { weightsFor, type RouteWeights } from "../edit/virtual-service.ts"
import type { Protect } from "./delivery.ts"
import { readRolloutFrom, type CanaryRef, type Rollout } from "./rollout.ts"
import { hashOf, sealedOf } from "./seal.ts"

/** On a live VirtualService whose canary weight was set to 0 before Git said so. */
export const PROTECTED_ANNOTATION = "serin.dev/protected"

/** Value of the annotation, as JSON. */
export interface ProtectedMark {
  readonly canary: string
  /** Of weights, images and Delivery in the revision that was wrong; another hash ends the protection. */
  readonly hash: string
  readonly revision: string
  readonly reason: string
  readonly by?: string | undefined
}

const mark = z.object({
  canary: z.string(),
  hash: z.string(),
  revision: z.string(),
  reason: z.string(),
  by: z.string().optional(),
})

export function parseMark(text: string | undefined): ProtectedMark | undefined {
  if (text === undefined) return undefined
  try {
    return mark.safeParse(JSON.parse(text)).data
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** What a protection holds against: weights, images and Delivery. */
export function protectedHash(rollout: Rollout): string {
  const { weights, images } = sealedOf(rollout)
  return hashOf({ weights, images, delivery: rollout.delivery ?? null })
}

/** What the cluster remembers of a rollback before its live weight is touched. */
export function protectOf(rollout: Rollout, reason: string, by: string | undefined): Protect {
  return {
    hash: protectedHash(rollout),
    revision: rollout.delivery?.revision ?? rollout.canary.container.image,
    reason,
    ...(by !== undefined && { by }),
  }
}

export function markOf(rollout: Rollout, reason: string, by: string | undefined): ProtectedMark {
  return {
    canary: `${rollout.ref.namespace}/${rollout.ref.name}`,
    hash: protectedHash(rollout),
    revision: rollout.delivery?.revision ?? rollout.canary.container.image,
    reason,
    ...(by !== undefined && { by }),
  }
}

/**
 * Whether a revision's manifests are still those against which the live VirtualService was protected; then sync leaves
 * its weights alone. Any change of weights, images or Delivery, ours or a human's, ends it.
 */
export function stillProtected(value: string | ProtectedMark, manifests: readonly Manifest[]): boolean {
  const held = typeof value === "string" ? parseMark(value) : value
  const [namespace, name] = held?.canary.split("/") ?? []
  if (held === undefined || namespace === undefined || name === undefined) return false
  const result = readRolloutFrom((wanted) => findIn(manifests, wanted), { namespace, name } satisfies CanaryRef)
  return result.ok && protectedHash(result.rollout) === held.hash
}

/** Looks an object up among parsed manifests. */
export function findIn(
  manifests: readonly Manifest[],
  name: ObjectName,
): ReturnType<Parameters<typeof readRolloutFrom>[0]> {
  const object = manifests.find(
    (one) =>
      one.kind === name.kind &&
      one.metadata.name === name.name &&
      (one.metadata.namespace ?? "default") === name.namespace &&
      groupOf(one.apiVersion) === name.group,
  )
  if (object !== undefined) return { ok: true, located: { path: "", document: 0, at: [], object } }
  return { ok: false, missing: true, reason: `There is no ${name.kind} ${name.namespace}/${name.name}.` }
}

/** The VirtualService to apply: all of it as Git states it, the canary's weight 0, and the mark. */
export function protectedObject(object: Manifest, route: RouteWeights, held: ProtectedMark): Manifest {
  const weights = weightsFor(route, 0)
  const weighted = route.paths.reduce<unknown>(
    (value, path, position) => withPath(value, path, weights[position]),
    object,
  )
  return withPath(weighted, ["metadata", "annotations", PROTECTED_ANNOTATION], canonicalJson(held)) as Manifest
}
