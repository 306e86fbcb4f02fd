import type { DeliveryStatus } from "../delivery.ts"
import type { Rollout } from "../rollout.ts"
import { windowSize, LOOK_BACK } from "../windows.ts"
import { idInDelivery, idOfCheck } from "./call.ts"
import type { HookMemory } from "./memory.ts"
import { isUntold } from "./tell.ts"

/** A message that nobody took for so long is given up. */
const TELL_LIMIT_MS = 24 * 3_600_000
const MAX_UNTOLD = 32

/** The status without what no decision and no person needs any more. `lost`: messages that were given up. */
export function tidyHooks(
  status: DeliveryStatus,
  rollout: Rollout,
  cluster: string,
  now: number,
): { readonly status: DeliveryStatus; readonly lost: readonly HookMemory[] } {
  const { hooks, ...rest } = status
  if (hooks === undefined) return { status, lost: [] }
  const untold = hooks.filter(isUntold)
  const beyond = new Set(untold.slice(0, Math.max(0, untold.length - MAX_UNTOLD)))
  const isLost = (one: HookMemory): boolean =>
    isUntold(one) && (beyond.has(one) || now - Date.parse(one.tell?.at ?? "") > TELL_LIMIT_MS)
  const isStated = needed(rollout, cluster, status)
  const kept = hooks.filter((one, index) => {
    if (one.tell === undefined) return isStated(one)
    if (!rollout.spec.hooks.some(({ name, type }) => name === one.name && type === one.kind)) return false
    // What was told last is shown, what was told before that is not.
    const last = !hooks.slice(index + 1).some(({ name, kind }) => name === one.name && kind === one.kind)
    return isUntold(one) ? !isLost(one) : last
  })
  const lost = hooks.filter(isLost)
  if (kept.length === hooks.length) return { status, lost }
  return { status: kept.length === 0 ? rest : { ...rest, hooks: kept }, lost }
}

/** Of questions: those of the present delivery, and of `during` hooks the checks that are still looked at. */
function needed(rollout: Rollout, cluster: string, { hooks }: DeliveryStatus): (memory: HookMemory) => boolean {
  const { delivery, spec } = rollout
  if (delivery === undefined) return () => false
  const newest = Math.max(0, ...(hooks ?? []).map(({ check = 0 }) => check))
  const oldest = newest - LOOK_BACK * windowSize(spec.analysis)
  return (one) => {
    if (one.check === undefined) return one.id === idInDelivery(rollout, cluster, delivery, one)
    return one.check > oldest && one.id === idOfCheck(rollout, cluster, delivery, one.name, one.check)
  }
}
