import { withoutDigest } from "../image/index.ts"
import { edit, liveSince, undrained, untilLive } from "./act.ts"
import { spelledLike, type Change } from "./change.ts"
import type { Delivery } from "./delivery.ts"
import { untilOpen } from "./hooks/wait.ts"
import { capacityFor, type Decision, type Situation } from "./situation.ts"

/** At 100 % with good checks: the stable side, which is empty, gets the image. */
export function promote(situation: Situation, delivery: Delivery, now: number): Decision {
  const { rollout } = situation
  const { spec, stable } = rollout
  const revision = withoutDigest(delivery.revision)
  const name = rollout.ref.name
  if (spec.gates.promote === "manual") {
    const change: Change = {
      phase: "Paused",
      hold: { by: "promote", reason: `all steps passed; a person promotes: \`serin canary promote\`.` },
    }
    const reason = `${revision} passed all steps; a person promotes it.`
    return edit(situation, change, { kind: "gate", subject: `Await the promotion of ${revision}`, reason })
  }
  const wait = untilOpen(situation, delivery, "promote", now) ?? undrained(situation, "stable")
  if (wait !== undefined) return wait
  return edit(situation, promotion(situation, delivery), {
    kind: "promote",
    side: "stable",
    subject: `Promote ${revision} to ${spec.stable.deployment}`,
    reason: `${name} passed its checks at every step; ${spec.stable.deployment} gets ${revision} while it has no traffic.`,
    from: stable.container.image,
  })
}

/** The edit that gives the stable side the image; at 100 % on the canary only. */
export function promotion(situation: Situation, delivery: Delivery): Change {
  const { stable, canary } = situation.rollout
  return {
    phase: "Promoting",
    stableImage: spelledLike(stable.container.image, pinned(canary.container.image, delivery.revision)),
    stableReplicas: delivery.replicas.stable,
  }
}

const pinned = (image: string, revision: string): string => (image.includes("@") ? image : revision)

/** GA ready on the new image, then weights back, then, drained, the canary at rest. */
export function promoteOn(situation: Situation, delivery: Delivery, now: number): Decision {
  const pending = untilLive(situation, delivery)
  if (pending !== undefined) return pending
  return situation.rollout.percent > 0 ? giveBack(situation, delivery, now) : finish(situation, delivery)
}

function giveBack(situation: Situation, delivery: Delivery, now: number): Decision {
  const { rollout, live } = situation
  const name = rollout.spec.stable.deployment
  const revision = withoutDigest(delivery.revision)
  const need = Math.max(1, capacityFor(100, delivery.replicas.stable))
  const ready = live.stable?.ready ?? 0
  if (live.stable?.settled === true && ready >= need) {
    return edit(
      situation,
      { phase: "Promoting", percent: 0 },
      {
        kind: "promote",
        side: "stable",
        subject: `Give the traffic back to ${name}`,
        reason: `${ready} ${ready === 1 ? "pod" : "pods"} of ${name} are ready with ${revision}; it gets the traffic again.`,
      },
    )
  }
  const deadline = liveSince(situation) + (live.stable?.progressDeadlineMs ?? 600_000)
  const failed = live.stable?.failed ?? (now >= deadline ? `${ready} of ${need} ready in time` : undefined)
  if (failed !== undefined)
    return {
      kind: "wait",
      reason: `${name} does not become ready with ${revision} (${failed}); ${rollout.spec.canary.deployment}, the healthy side, keeps the traffic. Look at the pods of ${name}.`,
      alert: true,
    }
  return { kind: "wait", reason: `${name} rolls out ${revision}: ${ready} of ${need} pods ready.`, until: deadline }
}

function finish(situation: Situation, delivery: Delivery): Decision {
  const { rollout, live } = situation
  const { spec } = rollout
  const revision = withoutDigest(delivery.revision)
  const needed = capacityFor(100, delivery.replicas.stable)
  if (live.stable?.ready === 0 && (live.canary?.ready ?? 0) >= needed) {
    const reason = `No pod of ${spec.stable.deployment} is ready; ${spec.canary.deployment}, which is healthy, takes the traffic again. Look at the pods of ${spec.stable.deployment}.`
    return edit(
      situation,
      { phase: "Promoting", percent: 100 },
      { kind: "hold", subject: `Keep the traffic on ${spec.canary.deployment}`, reason },
      true,
    )
  }
  const wait = undrained(situation, "canary")
  if (wait !== undefined) return wait
  const down = spec.scaleDownCanary && rollout.canary.replicas !== undefined
  return edit(
    situation,
    { phase: "Idle", step: 0, ...(down && { canaryReplicas: 0 }) },
    {
      kind: "promoted",
      side: "stable",
      subject: `Promoted ${revision}: ${spec.stable.deployment} serves it alone`,
      reason: `${revision} serves all traffic on ${spec.stable.deployment}${down ? `; ${spec.canary.deployment} rests without pods` : ""}.`,
    },
  )
}
