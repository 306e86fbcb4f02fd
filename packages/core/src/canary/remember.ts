import { abortable, type Delivery, type DeliveryStatus } from "./delivery.ts"
import { tellsAnybody } from "./hooks/spec.ts"
import { announce } from "./hooks/tell.ts"
import { protectedHash } from "./protect.ts"
import { recall } from "./recall.ts"
import type { Rollout } from "./rollout.ts"
import { handOf } from "./seal.ts"

/**
 * The status after looking at Git and the cluster. What the branch went through was seen (`highest`, from its history), also
 * where it went back since; whoever has to be told of it is remembered with it.
 */
export function witness(
  before: DeliveryStatus,
  rollout: Rollout,
  {
    highest,
    live,
    cluster,
  }: { readonly highest?: Delivery | undefined; readonly live: boolean; readonly cluster: string },
  now: number,
): DeliveryStatus {
  const recalled = recall(before, rollout.delivery, highest)
  const past = announce(before, recalled, rollout, highest, cluster, now)
  return announce(past, remember(past, rollout, live, now), rollout, rollout.delivery, cluster, now)
}

/** What has been seen highest, and since when it is live. */
function remember(before: DeliveryStatus, rollout: Rollout, live: boolean, now: number): DeliveryStatus {
  const { delivery } = rollout
  if (delivery === undefined) return before
  const status = withoutEnded(before, rollout)
  const seen = (status.seq ?? 0) < delivery.seq
  const phase = tellsAnybody(rollout.spec) ? { phase: delivery.phase } : {}
  const base: DeliveryStatus = seen
    ? {
        seq: delivery.seq,
        seal: delivery.seal,
        ...phase,
        rejected: delivery.rejected,
        ...(status.live !== undefined && { live: status.live }),
        ...(status.protect !== undefined && { protect: status.protect }),
        ...(status.hooks !== undefined && { hooks: status.hooks }),
      }
    : // A hook may have come to the Canary since.
      { ...status, ...(delivery.seq === status.seq && phase) }
  if (!live || delivery.seq !== base.seq || base.live?.seq === delivery.seq) return base
  return { ...base, live: { seq: delivery.seq, at: new Date(now).toISOString() } }
}

/**
 * A rollback is over when Git says something else than what it was against, save for one case: a person aborted while a
 * commit of ours was on its way, which is no answer to the abort.
 */
function withoutEnded(status: DeliveryStatus, rollout: Rollout): DeliveryStatus {
  const { protect, ...rest } = status
  if (protect === undefined || protect.hash === protectedHash(rollout) || isPromised(status, rollout)) return status
  return rest
}

/** Whether a person's abort stands though Git has moved on by Serin's own hand. */
export function isPromised({ protect, ...status }: DeliveryStatus, rollout: Rollout): boolean {
  const { delivery } = rollout
  if (delivery === undefined || protect?.by === undefined) return false
  if (protect.revision !== delivery.revision || !abortable.has(delivery.phase)) return false
  return handOf(rollout, delivery, status).kind === "none"
}
