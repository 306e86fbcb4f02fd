import type { Labels } from "@serin/promql"
import { activeAlerts, type Alert, type Alerts } from "./alerting.ts"
import type { AlertingRule } from "./rule.ts"

/** As Prometheus' `--rules.alert.for-outage-tolerance` and `--rules.alert.for-grace-period` have them. Milliseconds. */
export const outageTolerance = 3_600_000
const gracePeriod = 600_000

/** The last sample of a series of `ALERTS_FOR_STATE`: when it was written, and since when its alert was active. Unix milliseconds. */
export interface ForState {
  readonly labels: Labels
  readonly writtenAt: number
  readonly activeAt: number
}

/**
 * Alerts as they would be had nobody been away: active since when they were before, the time of the outage not counted for those
 * that were pending (Prometheus, "rules", restoring the state of `for`).
 */
export function restoreAlerts(
  rule: AlertingRule,
  alerts: Alerts,
  states: readonly ForState[],
  now: number,
): Map<string, Alert> {
  const before = new Map(states.map((state) => [state.labels.drop(["__name__"]).key, state]))
  const restored = new Map(alerts)
  for (const alert of activeAlerts(alerts)) {
    const state = before.get(alert.labels.key)
    const activeAt = state === undefined ? undefined : restoredActiveAt(rule, state, now)
    if (activeAt !== undefined) restored.set(alert.labels.key, { ...alert, activeAt })
  }
  return restored
}

function restoredActiveAt({ holdFor }: AlertingRule, state: ForState, now: number): number | undefined {
  const writtenAt = Math.floor(state.writtenAt / 1000) * 1000
  const remaining = holdFor - (writtenAt - state.activeAt)
  // It fired, and will again.
  if (remaining <= 0) return state.activeAt
  if (holdFor < gracePeriod) return undefined
  return remaining < gracePeriod ? now + gracePeriod - holdFor : state.activeAt + (now - writtenAt)
}
