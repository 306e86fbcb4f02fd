import { sameImage, withoutDigest } from "../image/index.ts"
import { edit, revisionOf } from "./act.ts"
import type { Change } from "./change.ts"
import type { Delivery, Rejected } from "./delivery.ts"
import { hooksOf, isReceiver } from "./hooks/spec.ts"
import type { Rollout } from "./rollout.ts"
import { expectedCanary, type Hand } from "./seal.ts"
import { capacityFor, type Decision, type Situation } from "./situation.ts"
import type { CanarySpec } from "./spec.ts"

/** How many steps a weight stands for: the last one that is not above it. */
export function stepAt(rollout: Rollout, percent: number): number {
  return rollout.spec.steps.filter((step) => step.weight <= percent).length
}

/** A Canary without a Delivery: what is there is taken as it is, at rest. */
export function adopt(situation: Situation): Decision {
  const { rollout, canaryDigest, live, status } = situation
  const image = rollout.canary.container.image
  const revision = revisionOf(image, canaryDigest)
  const change: Change = {
    phase: "Idle",
    revision,
    previous: revision,
    replicas: {
      stable: rollout.stable.replicas ?? live.stable?.desired ?? 1,
      canary: Math.max(1, rollout.canary.replicas ?? live.canary?.desired ?? 1),
    },
    rejected: status.rejected ?? [],
  }
  const reason = `The Canary is new; weights ${100 - rollout.percent}/${rollout.percent} and images are taken as they are.`
  return edit(situation, change, { kind: "adopt", subject: `Adopt canary ${rollout.ref.name}`, reason })
}

/** A new image on the canary side at rest: it has to become ready before it gets a share. */
export function begin(situation: Situation, delivery: Delivery): Decision {
  const { rollout, canaryDigest, live } = situation
  const { spec, canary, percent } = rollout
  const image = canary.container.image
  const first = spec.steps[0]?.weight ?? 100
  const running = delivery.phase !== "Idle" && delivery.phase !== "Failed"
  const replicas = {
    stable: Math.max(1, rollout.stable.replicas ?? live.stable?.desired ?? delivery.replicas.stable),
    canary: running ? delivery.replicas.canary : Math.max(canary.replicas ?? 0, delivery.replicas.canary, 1),
  }
  const manual = spec.gates.start === "manual"
  const reason = `${withoutDigest(image)} is new on ${spec.canary.deployment}; it gets ${first} % once its pods are ready.`
  const change: Change = {
    phase: manual ? "Paused" : "Waiting",
    ...(manual && {
      hold: {
        by: "start",
        reason: `a person starts the delivery of ${withoutDigest(image)}: \`serin canary resume\`.`,
      },
    }),
    revision: revisionOf(image, canaryDigest),
    previous: running ? delivery.previous : expectedCanary(delivery),
    step: 0,
    begins: true,
    // A share that is no more than the first step's may stay while the pods roll; more than that has not been earned.
    percent: !running && percent <= first && !isHeldAtZero(spec) ? percent : 0,
    replicas,
    canaryReplicas: Math.max(canary.replicas ?? 0, replicas.canary, capacityFor(first, replicas.stable)),
  }
  const subject = `Start the delivery of ${withoutDigest(image)}`
  return edit(situation, change, { kind: "start", subject, reason })
}

/** Where somebody has to agree before the first weight, none may stay from before. */
function isHeldAtZero({ gates, hooks }: CanarySpec): boolean {
  return isReceiver(gates.start) || hooksOf(hooks, "pre-rollout").length > 0
}

function union(left: readonly Rejected[], right: readonly Rejected[]): Rejected[] {
  const isSame = (a: Rejected, b: Rejected): boolean => a.tag === b.tag && a.digest === b.digest
  return [...left, ...right.filter((one) => !left.some((known) => isSame(known, one)))]
}

/**
 * A human changed what Serin keeps: Git is right. At rest the change is taken over and nothing stops; in a delivery, or
 * when an older state came back, the engine pauses and says so. What was rejected stays rejected.
 */
export function yieldTo(situation: Situation, delivery: Delivery, hand: Extract<Hand, { what: string }>): Decision {
  const { rollout, status, canaryDigest } = situation
  const image = rollout.canary.container.image
  const atRest = delivery.phase === "Idle" || delivery.phase === "Failed"
  const quiet = atRest && hand.kind === "edited"
  const taken = revisionOf(image, canaryDigest)
  const unchanged = sameImage(image, expectedCanary(delivery))
  const change: Change = {
    phase: quiet ? (unchanged ? delivery.phase : "Idle") : "Paused",
    ...(!quiet && {
      hold: { by: "person", reason: `${hand.what}. Serin yields; \`serin canary resume\` lets it go on from there.` },
    }),
    ...(!unchanged && { revision: taken, previous: atRest ? expectedCanary(delivery) : delivery.previous }),
    // In a state that came back as Failed the canary has its previous image, which is what there is to deliver now.
    ...(unchanged && !quiet && delivery.phase === "Failed" && { revision: taken }),
    step: quiet ? delivery.step : stepAt(rollout, rollout.percent),
    replicas: {
      stable: rollout.stable.replicas ?? delivery.replicas.stable,
      canary: Math.max(1, rollout.canary.replicas ?? 0, delivery.replicas.canary),
    },
    rejected: union(status.rejected ?? [], delivery.rejected),
  }
  const reason = quiet
    ? `${hand.what}; nothing is being delivered, so it is taken over.`
    : `${hand.what}. Serin yields.`
  const subject = quiet ? `Adopt a change of ${rollout.ref.name}` : `Pause ${rollout.ref.name}: a person changed it`
  return edit(situation, change, { kind: quiet ? "adopt" : "pause", subject, reason: capital(reason) })
}

const capital = (text: string): string => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`
