import { createHash } from "node:crypto"
import { matcherTest, type Matcher } from "@serin/promql"
import { activeAlerts, type Alert, type GroupState, type RuleStatus } from "../rules/index.ts"
import { badParameter } from "./api-error.ts"
import type { Handler } from "./context.ts"
import { matcherSets } from "./matchers.ts"
import { goTime } from "./time.ts"

export const alerts: Handler = ({ rules }) => ({
  alerts: rules.groups.flatMap(({ statuses }) =>
    statuses.flatMap((status) => activeAlerts(status.alerts).map(shownAlert)),
  ),
})

export const rules: Handler = ({ rules: { groups } }, parameters) => {
  const wanted = filter(parameters)
  const { limit, token } = pages(parameters)
  const from = token === "" ? 0 : groups.findIndex((state) => tokenOf(state) === token)
  if (from === -1)
    throw badParameter("group_next_token", `invalid group_next_token '${token}'. were rule groups changed?`)
  const shown = groups
    .slice(from)
    .filter(({ group }) => wanted.group(group.name) && wanted.file(group.file))
    .map((state) => ({ state, rules: state.statuses.filter(wanted.rule) }))
    .filter((one) => one.rules.length > 0)
  const next = limit === undefined ? undefined : shown[limit]
  return {
    groups: shown.slice(0, limit).map(({ state, rules }) => ({
      name: state.group.name,
      file: state.group.file,
      rules: rules.map((status) => shownRule(status, wanted.alerts)),
      interval: state.group.interval / 1000,
      limit: state.group.limit,
      evaluationTime: state.duration / 1000,
      lastEvaluation: goTime(state.lastEvaluation),
    })),
    ...(next !== undefined && { groupNextToken: tokenOf(next.state) }),
  }
}

interface Filter {
  readonly group: (name: string) => boolean
  readonly file: (name: string) => boolean
  readonly rule: (status: RuleStatus) => boolean
  /** Whether alerts are shown with their rules. */
  readonly alerts: boolean
}

function filter(parameters: URLSearchParams): Filter {
  const sets = matcherSets(parameters)
  const type = (parameters.get("type") ?? "").toLowerCase()
  if (!["", "alert", "record"].includes(type)) throw badParameter("type", `not supported value ${JSON.stringify(type)}`)
  const oneOf = (name: string): ((value: string) => boolean) => {
    const values = parameters.getAll(name)
    return (value) => values.length === 0 || values.includes(value)
  }
  const isNamed = oneOf("rule_name[]")
  const kind = { alert: "alerting", record: "recording" }[type]
  return {
    group: oneOf("rule_group[]"),
    file: oneOf("file[]"),
    rule: ({ rule }) =>
      isNamed(rule.name) && (kind === undefined || rule.kind === kind) && matchesOne(sets, rule.labels),
    alerts: !excludesAlerts(parameters),
  }
}

/** Labels are as they are written, templates too. */
function matchesOne(sets: readonly (readonly Matcher[])[], labels: Readonly<Record<string, string>>): boolean {
  const holds = (matcher: Matcher): boolean => matcherTest(matcher)(labels[matcher.label] ?? "")
  return sets.length === 0 || sets.some((matchers) => matchers.every(holds))
}

/** Go's `strconv.ParseBool`. */
function excludesAlerts(parameters: URLSearchParams): boolean {
  const text = (parameters.get("exclude_alerts") ?? "").toLowerCase()
  if (["", "0", "f", "false"].includes(text)) return false
  if (["1", "t", "true"].includes(text)) return true
  throw badParameter(
    "exclude_alerts",
    `error converting exclude_alerts: strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`,
  )
}

function pages(parameters: URLSearchParams): { limit: number | undefined; token: string } {
  const limit = parameters.get("group_limit") ?? ""
  const token = parameters.get("group_next_token") ?? ""
  if (limit === "") {
    if (token !== "")
      throw badParameter("group_next_token", "group_limit needs to be present in order to paginate over the groups")
    return { limit: undefined, token }
  }
  if (!/^[+-]?\d+$/.test(limit))
    throw badParameter(
      "group_limit",
      `group_limit needs to be a valid number: strconv.ParseInt: parsing ${JSON.stringify(limit)}: invalid syntax`,
    )
  if (Number(limit) <= 0) throw badParameter("group_limit", "group_limit needs to be greater than 0")
  return { limit: Number(limit), token }
}

const tokenOf = ({ group }: GroupState): string =>
  createHash("sha256").update(`${group.file};${group.name}`).digest("hex")

function shownRule(status: RuleStatus, withAlerts: boolean): object {
  const { rule, health, lastError } = status
  const fares = {
    health,
    ...(lastError !== "" && { lastError }),
    evaluationTime: status.duration / 1000,
    lastEvaluation: goTime(status.lastEvaluation),
  }
  const labels = sorted(rule.labels)
  if (rule.kind === "recording")
    return {
      name: rule.name,
      query: rule.query,
      ...(Object.keys(labels).length > 0 && { labels }),
      ...fares,
      type: "recording",
    }
  return {
    state: stateOf(status),
    name: rule.name,
    query: rule.query,
    duration: rule.holdFor / 1000,
    keepFiringFor: rule.keepFiringFor / 1000,
    labels,
    annotations: sorted(rule.annotations),
    alerts: withAlerts ? activeAlerts(status.alerts).map(shownAlert) : null,
    ...fares,
    type: "alerting",
  }
}

/** That of the alert that is worst. */
function stateOf({ alerts, lastEvaluation }: RuleStatus): string {
  if (lastEvaluation === 0) return "unknown"
  const states = new Set([...alerts.values()].map(({ state }) => state))
  return states.has("firing") ? "firing" : states.has("pending") ? "pending" : "inactive"
}

const shownAlert = (alert: Alert): object => ({
  labels: alert.labels.toRecord(),
  annotations: sorted(alert.annotations),
  state: alert.state,
  activeAt: goTime(alert.activeAt),
  ...(alert.keepFiringSince !== undefined && { keepFiringSince: goTime(alert.keepFiringSince) }),
  value: exponential(alert.value),
})

const sorted = (labels: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))

/** `1e+00`, as alerts' values are told. */
function exponential(value: number): string {
  if (Number.isNaN(value)) return "NaN"
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf"
  const [digits = "", exponent = "+0"] = value.toExponential().split("e")
  return `${digits}e${exponent.charAt(0)}${exponent.slice(1).padStart(2, "0")}`
}
