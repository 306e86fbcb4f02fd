import type { Delivery, DeliveryStatus } from "../delivery.ts"
import type { Rollout } from "../rollout.ts"
import { againAt } from "./again.ts"
import { callId, callOf, type HookCall } from "./call.ts"
import type { HookMemory, Told } from "./memory.ts"
import { hooksOf, type HookType } from "./spec.ts"

/** What a change from one phase to another is told to. */
function toldBy(before: DeliveryStatus["phase"], { phase }: Delivery): HookType | undefined {
  if (phase === "Idle" && before === "Promoting") return "post-rollout"
  return phase === "RollingBack" && before !== undefined && before !== "RollingBack" ? "rollback" : undefined
}

/**
 * The status with what has to be told because Git went from the state that `before` remembers to this one. The status that
 * remembers a state remembers at once whom to tell of it: no restart comes in between.
 */
export function announce(
  before: DeliveryStatus,
  after: DeliveryStatus,
  rollout: Rollout,
  state: Delivery | undefined,
  cluster: string,
  now: number,
): DeliveryStatus {
  if (state === undefined || state.owner !== cluster || after.seq !== state.seq) return after
  if (before.seq === undefined || before.seq >= state.seq) return after
  const kind = toldBy(before.phase, state)
  const hooks = kind === undefined ? [] : hooksOf(rollout.spec.hooks, kind)
  if (kind === undefined || hooks.length === 0) return after
  const at = new Date(now).toISOString()
  const { phase, step, revision, previous } = state
  const reason = kind === "rollback" ? (state.rejected.at(-1)?.why ?? "") : "promoted"
  const tell: Told = { at, phase, step, weight: 0, revision, previous, reason }
  const added = hooks.map(({ name }): HookMemory => {
    const id = callId(rollout, cluster, { kind, name }, revision, `state ${state.seq}`)
    return { id, kind, name, attempts: 0, noes: 0, tell }
  })
  const known = new Set(after.hooks?.map(({ id }) => id))
  return { ...after, hooks: [...(after.hooks ?? []), ...added.filter(({ id }) => !known.has(id))] }
}

export const isUntold = ({ tell, last }: HookMemory): boolean => tell !== undefined && last?.answer !== "yes"

/** Messages that are due, each hook's oldest first: a receiver hears of things in the order in which they happened. */
export function tellCalls(rollout: Rollout, status: DeliveryStatus, cluster: string, now: number): HookCall[] {
  const { delivery, spec } = rollout
  if (delivery?.owner !== cluster) return []
  return spec.hooks.flatMap((hook) => {
    const next = status.hooks?.find((one) => one.name === hook.name && one.kind === hook.type && isUntold(one))
    return next === undefined || againAt(next) > now ? [] : [callOf(rollout, cluster, delivery, next, hook)]
  })
}

/** When a message that was not taken is due again, ms since the epoch; undefined when none waits. */
export function tellAgainAt({ spec }: Rollout, { hooks }: DeliveryStatus): number | undefined {
  const waiting = (hooks ?? []).filter((one) => isUntold(one) && spec.hooks.some(({ name }) => name === one.name))
  return waiting.length === 0 ? undefined : Math.min(...waiting.map(againAt))
}
