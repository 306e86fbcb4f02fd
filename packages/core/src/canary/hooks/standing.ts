import type { DeliveryStatus } from "../delivery.ts"
import type { Rollout } from "../rollout.ts"
import type { HookCall } from "./call.ts"
import { checkCalls } from "./checks.ts"
import { tellCalls } from "./tell.ts"

/** Calls that are due whatever is decided: nothing waits for them. */
export function standingCalls(rollout: Rollout, status: DeliveryStatus, cluster: string, now: number): HookCall[] {
  if (rollout.delivery?.owner !== cluster) return []
  return [...checkCalls(rollout, status, cluster, now), ...tellCalls(rollout, status, cluster, now)]
}
