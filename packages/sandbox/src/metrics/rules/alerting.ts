import type { Labels } from "@serin/promql"
import { labelled, type RuleSample } from "./recording.ts"
import type { AlertingRule } from "./rule.ts"

/** Times in Unix milliseconds. */
export interface Alert {
  readonly labels: Labels
  readonly annotations: Readonly<Record<string, string>>
  readonly state: "pending" | "firing" | "inactive"
  /** Of the query, last time. */
  readonly value: number
  readonly activeAt: number
  readonly keepFiringSince?: number
  readonly resolvedAt?: number
}

/** By the key of their labels. */
export type Alerts = ReadonlyMap<string, Alert>

/** So long an alert that ended is remembered. */
const resolvedRetention = 15 * 60_000

/** What a label's or annotation's template says of a series. */
export type Expand = (template: string, sample: RuleSample) => string

/**
 * What becomes of a rule's alerts at a time, given those of the last time and the series that its query finds now
 * (Prometheus, "Alerting rules"). Throws Error with what Prometheus says of it; the alerts then stay as they are.
 */
export function decideAlerts(
  rule: AlertingRule,
  last: Alerts,
  found: readonly RuleSample[],
  time: number,
  expand: Expand,
): Map<string, Alert> {
  const seen = activeNow(rule, found, time, expand)
  const next = new Map<string, Alert>()
  for (const [key, alert] of last) {
    const now = seen.get(key)
    if (now !== undefined && alert.state !== "inactive") {
      const { keepFiringSince: _, ...rest } = alert
      next.set(key, fired({ ...rest, value: now.value, annotations: now.annotations }, rule, time))
    } else if (now === undefined) {
      const kept = withoutSeries(alert, rule, time)
      if (kept !== undefined) next.set(key, kept)
    }
  }
  for (const [key, alert] of seen) if (!next.has(key)) next.set(key, fired(alert, rule, time))
  return next
}

/** Those that Prometheus lists: pending, firing or kept firing. */
export const activeAlerts = (alerts: Alerts): Alert[] =>
  [...alerts.values()].filter(({ state }) => state !== "inactive")

/** More than allowed: all are forgotten, and the rule fails. */
export function checkLimit(alerts: Alerts, limit: number): void {
  const count = activeAlerts(alerts).length
  if (limit > 0 && count > limit) throw new Error(`exceeded limit of ${String(limit)} with ${String(count)} alerts`)
}

/** What is written of the alerts: that they are, and since when. */
export function alertSamples(rule: AlertingRule, alerts: Alerts): RuleSample[] {
  return activeAlerts(alerts).flatMap(({ labels, state, activeAt }) => [
    { labels: labelled(labels, { __name__: "ALERTS", alertname: rule.name, alertstate: state }), value: 1 },
    {
      labels: labelled(labels, { __name__: "ALERTS_FOR_STATE", alertname: rule.name }),
      value: Math.floor(activeAt / 1000),
    },
  ])
}

function activeNow(rule: AlertingRule, found: readonly RuleSample[], time: number, expand: Expand): Map<string, Alert> {
  const seen = new Map<string, Alert>()
  for (const sample of found) {
    const expanded = (texts: Readonly<Record<string, string>>): Record<string, string> =>
      Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, expand(text, sample)]))
    const labels = labelled(sample.labels, { __name__: "", ...expanded(rule.labels), alertname: rule.name })
    if (seen.has(labels.key))
      throw new Error("vector contains metrics with the same labelset after applying alert labels")
    seen.set(labels.key, {
      labels,
      annotations: expanded(rule.annotations),
      state: "pending",
      value: typeof sample.value === "number" ? sample.value : 0,
      activeAt: time,
    })
  }
  return seen
}

/** An alert fires once it was active for long enough, and a rule that has come to want longer takes it back. */
function fired(alert: Alert, { holdFor }: AlertingRule, time: number): Alert {
  const longEnough = time - alert.activeAt >= holdFor
  return { ...alert, state: longEnough ? "firing" : "pending" }
}

/** Whose series the query does not find any more: kept firing for a while, then remembered for a while. */
function withoutSeries(alert: Alert, rule: AlertingRule, time: number): Alert | undefined {
  switch (alert.state) {
    case "pending":
      return undefined
    case "inactive":
      return time - (alert.resolvedAt ?? time) > resolvedRetention ? undefined : alert
    case "firing": {
      const since = alert.keepFiringSince ?? time
      if (time - since < rule.keepFiringFor) return { ...alert, keepFiringSince: since }
      const { keepFiringSince: _, ...rest } = alert
      return { ...rest, state: "inactive", resolvedAt: time }
    }
  }
}
