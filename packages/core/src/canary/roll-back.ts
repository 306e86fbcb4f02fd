import { parseReference, withoutDigest } from "../image/index.ts"
import { edit, undrained, untilLive } from "./act.ts"
import { spelledLike, type Change } from "./change.ts"
import type { Delivery, Rejected } from "./delivery.ts"
import type { Decision, Situation } from "./situation.ts"

/** The entry by which an image is rejected; a rejected tag that names another digest now is another image. */
export function rejectedAs(
  image: string,
  digest: string | undefined,
  rejected: readonly Rejected[],
): Rejected | undefined {
  const reference = parseReference(image)
  const known = reference?.digest ?? digest
  return rejected.find((one) => {
    if (one.digest !== "" && known !== undefined) return one.digest === known
    return one.tag !== "" && one.tag === reference?.tag
  })
}

/** The first commit of a rollback: weight 0, and the revision is remembered as bad. The pods stay until drained. */
export function rollBack(situation: Situation, delivery: Delivery, why: string, by: string | undefined): Decision {
  const { rollout } = situation
  const reference = parseReference(delivery.revision)
  const entry: Rejected = { tag: reference?.tag ?? "", digest: reference?.digest ?? "", why }
  const known = rejectedAs(delivery.revision, undefined, delivery.rejected)
  const revision = withoutDigest(delivery.revision)
  const change: Change = {
    phase: "RollingBack",
    percent: 0,
    rejected: [...delivery.rejected.filter((one) => one !== known), entry],
  }
  return edit(
    situation,
    change,
    {
      kind: "rollback",
      subject: `Roll back ${revision}: weight 0 for ${rollout.spec.canary.deployment}`,
      reason: `${revision} is rolled back from ${rollout.percent} %: ${why}.`,
      from: delivery.revision,
      to: delivery.previous,
      ...(by !== undefined && { cause: by }),
    },
    true,
  )
}

/** The second commit: drained, the canary side gets back what it had. */
export function restore(situation: Situation, delivery: Delivery): Decision {
  const wait = untilLive(situation, delivery) ?? undrained(situation, "canary")
  if (wait !== undefined) return wait
  const { rollout } = situation
  const { canary, spec } = rollout
  const image = spelledLike(canary.container.image, delivery.previous)
  const replicas = spec.scaleDownCanary ? 0 : delivery.replicas.canary
  const change: Change = {
    phase: "Failed",
    step: 0,
    canaryImage: image,
    ...(canary.replicas !== undefined && { canaryReplicas: replicas }),
  }
  return edit(situation, change, {
    kind: "restore",
    subject: `Restore ${withoutDigest(image)} on ${spec.canary.deployment}`,
    reason: `${withoutDigest(delivery.revision)} was rolled back and gets no requests any more; ${spec.canary.deployment} has ${withoutDigest(image)} again.`,
    from: delivery.revision,
    to: delivery.previous,
  })
}
