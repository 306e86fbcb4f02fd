import type { Delivery } from "../delivery.ts"
import type { Phase } from "../phases.ts"
import type { Rollout } from "../rollout.ts"
import { hashOf } from "../seal.ts"
import type { CallKind, HookMemory, Told } from "./memory.ts"
import type { Receiver } from "./spec.ts"

/** A request that is due. Whoever makes it adds when it was sent, and signs. */
export interface HookCall {
  readonly id: string
  readonly kind: CallKind
  readonly name: string
  readonly receiver: Receiver
  readonly check?: number
  readonly body: HookBody
}

/** What a receiver reads. Fields are added over time, never renamed. */
export interface HookBody {
  readonly id: string
  readonly kind: CallKind
  readonly hook: string
  readonly namespace: string
  readonly canary: string
  readonly cluster: string
  readonly phase: Phase
  /** How many steps have been taken. */
  readonly step: number
  /** Share of the canary in percent, as Git says. */
  readonly weight: number
  readonly revision: string
  readonly previous: string
  readonly stable: string
  /** Counted from 1; the id stays the same. */
  readonly attempt: number
  /** Which check a `during` hook is asked for. */
  readonly check?: number
  /** Why it was promoted or rolled back. */
  readonly reason?: string
  readonly metadata: Readonly<Record<string, string>>
}

const ID_LENGTH = 20

/**
 * The id of a question or message: a function of the state in Git alone, so that an agent that is started anew finds the same.
 * `part` tells apart what the same hook is asked at different times: the delivery, the state, or the check.
 */
export function callId(
  { ref }: Rollout,
  cluster: string,
  { kind, name }: Pick<HookMemory, "kind" | "name">,
  revision: string,
  part: string,
): string {
  const about = { cluster, canary: `${ref.namespace}/${ref.name}`, kind, name, revision, part }
  return hashOf(about).slice("sha256:".length, "sha256:".length + ID_LENGTH)
}

/** What is asked once in a delivery: its gates and pre-rollout hooks. */
export function idInDelivery(
  rollout: Rollout,
  cluster: string,
  delivery: Delivery,
  named: Pick<HookMemory, "kind" | "name">,
): string {
  return callId(rollout, cluster, named, delivery.revision, `delivery ${delivery.begun ?? 0}`)
}

/** What a `during` hook is asked for one check of one state. */
export function idOfCheck(rollout: Rollout, cluster: string, delivery: Delivery, name: string, check: number): string {
  return callId(rollout, cluster, { kind: "during", name }, delivery.revision, `check ${delivery.seq}/${check}`)
}

/** The next request about something, with what was remembered of it. */
export function callOf(
  { ref, percent, spec }: Rollout,
  cluster: string,
  delivery: Delivery,
  memory: Pick<HookMemory, "id" | "kind" | "name" | "attempts" | "check" | "tell">,
  receiver: Receiver,
): HookCall {
  const { id, kind, name, check, tell } = memory
  const now: Omit<Told, "at" | "reason"> = { ...delivery, weight: percent }
  const { phase, step, weight, revision, previous } = tell ?? now
  return {
    id,
    kind,
    name,
    receiver,
    ...(check !== undefined && { check }),
    body: {
      id,
      kind,
      hook: name,
      namespace: ref.namespace,
      canary: ref.name,
      cluster,
      phase,
      step,
      weight,
      revision,
      previous,
      stable: spec.stable.deployment,
      attempt: memory.attempts + 1,
      ...(check !== undefined && { check }),
      ...(tell !== undefined && { reason: tell.reason }),
      metadata: receiver.metadata,
    },
  }
}
