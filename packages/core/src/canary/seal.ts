import { sha256 } from "@noble/hashes/sha2"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils"
import { canonicalJson } from "../manifest/index.ts"
import { sameImage, withoutDigest } from "../image/index.ts"
import type { Delivery, DeliveryStatus } from "./delivery.ts"
import type { Rollout } from "./rollout.ts"

/** What a seal covers besides the Delivery itself. */
export interface Sealed {
  readonly weights: readonly number[]
  readonly images: { readonly stable: string; readonly canary: string }
  /** `null` where Git leaves them to others. */
  readonly replicas: { readonly stable: number | null; readonly canary: number | null }
}

export function hashOf(value: unknown): string {
  return `sha256:${bytesToHex(sha256(utf8ToBytes(canonicalJson(value))))}`
}

export function sealedOf(rollout: Rollout): Sealed {
  return {
    weights: rollout.route.weights,
    images: { stable: rollout.stable.container.image, canary: rollout.canary.container.image },
    replicas: { stable: rollout.stable.replicas ?? null, canary: rollout.canary.replicas ?? null },
  }
}

/** The seal of a Delivery over what it stands beside. */
export function sealOf(sealed: Sealed, delivery: Delivery): string {
  const { seal: _, ...spec } = delivery
  return hashOf({ sealed, spec })
}

/** Changes with everything an Edit decides on, so an Edit made for one fingerprint is obsolete on another. */
export function fingerprint(rollout: Rollout): string {
  return hashOf({ sealed: sealedOf(rollout), delivery: rollout.delivery ?? null })
}

/** The image that the canary side has while nobody but Serin touches it. */
export function expectedCanary(delivery: Delivery): string {
  return delivery.phase === "Failed" ? delivery.previous : delivery.revision
}

export type Hand =
  | { readonly kind: "none" }
  /** Only the canary's image is another one: what a release looks like. */
  | { readonly kind: "new-image" }
  /** Someone edited what Serin keeps; the clause says what. */
  | { readonly kind: "edited"; readonly what: string }
  /** An older state came back: a revert, a force-push. */
  | { readonly kind: "went-back"; readonly what: string }

/**
 * Whether a human's hand was at work since Serin's last edit: told by the seal, and by what the cluster remembers. Commits
 * and their authors are not looked at.
 */
export function handOf(rollout: Rollout, delivery: Delivery, status: DeliveryStatus): Hand {
  if (status.seq !== undefined && delivery.seq < status.seq)
    return { kind: "went-back", what: `Git went back from state ${status.seq} to state ${delivery.seq}` }
  const sealed = sealedOf(rollout)
  const intact = sealOf(sealed, delivery) === delivery.seal
  if (delivery.seq === status.seq && status.seal !== undefined && delivery.seal !== status.seal)
    return { kind: "went-back", what: `Git has another state ${delivery.seq} than before` }
  if (intact) return { kind: "none" }
  const expected = expectedCanary(delivery)
  const asBefore = [expected, withoutDigest(expected)].some(
    (canary) => sealOf({ ...sealed, images: { ...sealed.images, canary } }, delivery) === delivery.seal,
  )
  if (asBefore) return { kind: "new-image" }
  return { kind: "edited", what: describeEdit(rollout, delivery) }
}

function describeEdit(rollout: Rollout, delivery: Delivery): string {
  const image = rollout.canary.container.image
  const changed = sameImage(image, expectedCanary(delivery)) ? "" : `, image ${withoutDigest(image)}`
  return `weights, images, replicas or state were changed (now ${100 - rollout.percent}/${rollout.percent}${changed})`
}
