import { sameImage } from "../image/index.ts"
import type { Edit } from "../edit/edit.ts"
import type { DeliveryStatus } from "./delivery.ts"
import type { HookCall } from "./hooks/call.ts"
import type { ProtectedMark } from "./protect.ts"
import type { Rollout } from "./rollout.ts"
import type { Split } from "./split.ts"
import type { Check } from "./verdict.ts"

/** One side's Deployment as the cluster has it. */
export interface WorkloadLive {
  readonly image: string
  readonly desired: number
  readonly ready: number
  /** The controller has seen the newest spec, every pod is of it, and all of them are available. */
  readonly settled: boolean
  /** Its rollout failed, e.g. past its progress deadline; the clause says how. */
  readonly failed?: string
  readonly progressDeadlineMs: number
}

export interface Live {
  /** seq of the cluster's Delivery. */
  readonly seq?: number
  /** Weights of the managed route by position, as in Git. */
  readonly weights?: readonly number[]
  readonly stable?: WorkloadLive
  readonly canary?: WorkloadLive
  readonly mark?: ProtectedMark
}

/** All that a decision is made on. */
export interface Situation {
  readonly rollout: Rollout
  /** As remembered, including what this look at the world adds. */
  readonly status: DeliveryStatus
  readonly live: Live
  /** Verdicts of the due checks, oldest first, or why there are none. */
  readonly checks:
    { readonly ok: true; readonly list: readonly Check[] } | { readonly ok: false; readonly reason: string }
  /** Requests to each side within the last `drain`; undefined while Prometheus does not answer. */
  readonly traffic: Split | undefined
  /** Why the cluster does not have Git's head yet, a sentence; absent while nothing is known to be in the way. */
  readonly lagging?: string
  /** Digest of the canary's image, where known. */
  readonly canaryDigest?: string
  /** Name of the cluster whose agent decides. */
  readonly cluster: string
}

/** Every decision's reason is a sentence that the web page shows as it is. */
export type Decision =
  | {
      readonly kind: "wait"
      readonly reason: string
      /** When time alone changes the answer, ms since the epoch; otherwise an event does. */
      readonly until?: number
      /** A person is needed: told once per distinct reason. */
      readonly alert?: boolean
      /** Gates and hooks that this waits for and that are due to be asked. */
      readonly asks?: readonly HookCall[]
    }
  | {
      readonly kind: "edit"
      readonly reason: string
      readonly event: string
      readonly urgent: boolean
      readonly edit: Edit
    }
  /** Weight 0 in the cluster first; the commit follows on the next look, when the mark is found. */
  | { readonly kind: "protect"; readonly reason: string; readonly by?: string }

/** Whether the cluster has taken what Git's head states about this canary. */
export function isLive(rollout: Rollout, live: Live): boolean {
  if (rollout.delivery === undefined || live.seq !== rollout.delivery.seq || live.mark !== undefined) return false
  const weights = rollout.route.weights
  const sameWeights = live.weights?.length === weights.length && weights.every((one, at) => live.weights?.[at] === one)
  return (
    sameWeights &&
    sameImage(live.stable?.image ?? "", rollout.stable.container.image) &&
    sameImage(live.canary?.image ?? "", rollout.canary.container.image)
  )
}

/** Neither side has a ready pod, as when a node or the whole cluster's network is lost: that says nothing about a version. */
export function isDeserted({ stable, canary }: Live): boolean {
  return stable?.ready === 0 && canary?.ready === 0
}

/** Ready pods that a side needs to carry `percent` of the traffic. */
export function capacityFor(percent: number, total: number): number {
  return Math.ceil((percent * total) / 100)
}
