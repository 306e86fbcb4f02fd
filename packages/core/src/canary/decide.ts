import { sameImage, withoutDigest } from "../image/index.ts"
import { adopt, begin, yieldTo } from "./begin.ts"
import { abortable, type Delivery } from "./delivery.ts"
import { isWatched } from "./hooks/checks.ts"
import { protectedHash } from "./protect.ts"
import { isPromised } from "./remember.ts"
import { progress, waitForCanary } from "./progress.ts"
import { promoteOn } from "./promote.ts"
import { rejectedAs, rollBack, restore } from "./roll-back.ts"
import { handOf } from "./seal.ts"
import type { Decision, Situation } from "./situation.ts"
import { tally } from "./tally.ts"
import { describeBreach } from "./verdict.ts"

/**
 * What happens next with one canary. Pure and total: the same situation gives the same decision, whoever asks and however
 * often, so an agent that is killed and started again goes on where it was.
 */
export function decide(situation: Situation, now: number): Decision {
  const { delivery } = situation.rollout
  if (delivery === undefined) return adopt(situation)
  if (delivery.owner !== situation.cluster)
    return {
      kind: "wait",
      reason: `Steered by cluster ${delivery.owner}; this one follows Git. \`serin canary adopt\` takes over.`,
    }
  return decideRollBack(situation, delivery) ?? decideHand(situation, delivery) ?? decidePhase(situation, delivery, now)
}

/** A rollback that has begun comes before everything, whatever else changed. */
function decideRollBack(situation: Situation, delivery: Delivery): Decision | undefined {
  const { rollout, live, status } = situation
  const { mark } = live
  if (mark !== undefined && mark.hash === protectedHash(rollout))
    return rollBack(situation, delivery, mark.reason, mark.by)
  const { protect } = status
  if (protect === undefined) return undefined
  if (protect.hash !== protectedHash(rollout) && !isPromised(status, rollout)) return undefined
  const { reason, by } = protect
  return { kind: "protect", reason, ...(by !== undefined && { by }) }
}

/** A human's hand: a new image begins a delivery, everything else is adopted. */
function decideHand(situation: Situation, delivery: Delivery): Decision | undefined {
  const { rollout, status } = situation
  const hand = handOf(rollout, delivery, status)
  switch (hand.kind) {
    case "none":
      return undefined
    case "new-image":
      return decideImage(situation, delivery)
    case "edited":
    case "went-back":
      return yieldTo(situation, delivery, hand)
  }
}

function decideImage(situation: Situation, delivery: Delivery): Decision {
  const { rollout } = situation
  const image = rollout.canary.container.image
  const what = `the image became ${withoutDigest(image)}`
  const refused = rejectedAs(image, situation.canaryDigest, delivery.rejected)
  if (refused !== undefined)
    return yieldTo(situation, delivery, {
      kind: "went-back",
      what: `${what}, which was rejected (${refused.why}); \`serin canary clear-rejected\` allows it again`,
    })
  const atRest = delivery.phase === "Idle" || delivery.phase === "Failed"
  if (atRest && sameImage(image, rollout.stable.container.image))
    return yieldTo(situation, delivery, { kind: "edited", what })
  if (atRest || (abortable.has(delivery.phase) && rollout.spec.onNewImage === "restart"))
    return begin(situation, delivery)
  return yieldTo(situation, delivery, {
    kind: "went-back",
    what: `${what} during the delivery of ${delivery.revision}`,
  })
}

function decidePhase(situation: Situation, delivery: Delivery, now: number): Decision {
  const revision = withoutDigest(delivery.revision)
  switch (delivery.phase) {
    case "Idle":
      return { kind: "wait", reason: `Nothing to deliver: the canary has ${revision}. A new image starts a delivery.` }
    case "Failed":
      return { kind: "wait", reason: `${failureOf(delivery)} A new image starts a new delivery.` }
    case "Waiting":
      return waitForCanary(situation, delivery, now)
    case "Progressing":
      return progress(situation, delivery, now)
    case "Paused":
      return decidePaused(situation, delivery)
    case "Promoting":
      return promoteOn(situation, delivery, now)
    case "RollingBack":
      return restore(situation, delivery)
  }
}

function failureOf(delivery: Delivery): string {
  const entry = delivery.rejected.at(-1)
  const why = entry === undefined || entry.why === "" ? "" : ` (${entry.why})`
  return `${withoutDigest(delivery.revision)} was rolled back${why}.`
}

/** A planned stop still watches the checks; a person's pause leaves everything to the person. */
function decidePaused(situation: Situation, delivery: Delivery): Decision {
  const { checks, rollout, status } = situation
  if (isWatched(delivery) && rollout.percent > 0 && checks.ok && status.live?.seq === delivery.seq) {
    const { outcome, bad } = tally(rollout.spec.analysis, checks.list)
    const worst = bad.at(-1)
    if (outcome === "breach" && worst !== undefined)
      return { kind: "protect", reason: describeBreach(rollout.spec.analysis, worst) }
  }
  return { kind: "wait", reason: `Paused: ${delivery.hold?.reason ?? "by a person."}` }
}
