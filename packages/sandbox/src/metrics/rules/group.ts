import { isStale, Labels, type Engine, type MemoryStorage } from "@serin/promql"
import type { Log } from "../../log.ts"
import { keep } from "../keep.ts"
import { TemplateSample, TemplateHistogram } from "../template/index.ts"
import { expandAlertTemplate, type AlertTemplateWorld } from "./alert-template.ts"
import { alertSamples, checkLimit, decideAlerts, type Alerts, type Expand } from "./alerting.ts"
import { recorded, type RuleSample } from "./recording.ts"
import { outageTolerance, restoreAlerts, type ForState } from "./restore.ts"
import type { AlertingRule, Rule, RuleGroup } from "./rule.ts"

/** What rules ask and write to, and what their templates may name. */
export interface RuleWorld {
  readonly storage: MemoryStorage
  readonly engine: Engine
  readonly externalLabels: Readonly<Record<string, string>>
  readonly externalUrl: string
  /** Unix milliseconds. */
  readonly now: () => number
  readonly log: Log
}

/** How a rule fares. Times in Unix milliseconds, 0: never; durations in milliseconds. */
export interface RuleStatus {
  readonly rule: Rule
  health: "unknown" | "ok" | "err"
  lastError: string
  lastEvaluation: number
  duration: number
  /** Of an alerting rule. */
  alerts: Alerts
}

/** A group with what is known of its rules. Nothing happens by itself: whoever holds it says when to evaluate. */
export class GroupState {
  readonly statuses: readonly RuleStatus[]
  lastEvaluation = 0
  duration = 0
  readonly #world: RuleWorld
  /** What each rule wrote last: what it writes no more ends. */
  readonly #written: Map<string, Labels>[]
  /** Before that it is not known since when alerts are active, and nothing is written of them. */
  #restored = false

  constructor(
    readonly group: RuleGroup,
    world: RuleWorld,
  ) {
    this.#world = world
    this.statuses = group.rules.map((rule) => ({
      rule,
      health: "unknown",
      lastError: "",
      lastEvaluation: 0,
      duration: 0,
      alerts: new Map(),
    }))
    this.#written = group.rules.map(() => new Map())
  }

  /** Evaluates all rules as of a time, one after the other. What fails is the rule's, and told by its status. */
  evaluate(time: number): void {
    const { now, log } = this.#world
    const began = now()
    this.statuses.forEach((status, index) => {
      status.lastEvaluation = now()
      try {
        this.#write(index, this.#evaluate(status, time), time - this.group.queryOffset)
        status.health = "ok"
        status.lastError = ""
      } catch (error) {
        status.health = "err"
        status.lastError = error instanceof Error ? error.message : String(error)
        log("rule failed", { group: this.group.name, rule: status.rule.name, error })
      }
      status.duration = now() - status.lastEvaluation
    })
    keep(log, () => this.#world.storage.commit())
    this.lastEvaluation = began
    this.duration = now() - began
  }

  /** Takes over since when alerts were active before this began, from what was written of it then. */
  restore(now: number): void {
    for (const status of this.statuses) {
      if (status.rule.kind === "alerting")
        status.alerts = restoreAlerts(status.rule, status.alerts, this.#forStates(status.rule, now), now)
    }
    this.#restored = true
  }

  #evaluate(status: RuleStatus, time: number): RuleSample[] {
    const { rule } = status
    const { limit, queryOffset } = this.group
    const found = query(this.#world.engine, rule.expr, time - queryOffset)
    if (rule.kind === "recording") return recorded(rule, found, limit)
    const alerts = decideAlerts(rule, status.alerts, found, time, this.#expand(rule, time))
    status.alerts = new Map()
    checkLimit(alerts, limit)
    status.alerts = alerts
    return this.#restored ? alertSamples(rule, alerts) : []
  }

  #expand(rule: AlertingRule, time: number): Expand {
    const { engine, externalLabels, externalUrl } = this.#world
    const world: AlertTemplateWorld = {
      externalLabels,
      externalUrl,
      now: time / 1000,
      query: (text) =>
        query(engine, text, time).map(
          ({ labels, value }) =>
            new TemplateSample(new Map(labels.pairs), typeof value === "number" ? value : new TemplateHistogram(value)),
        ),
    }
    return (text, { labels, value }) => {
      const template = rule.templates.get(text)
      return template === undefined ? text : expandAlertTemplate(template, labels, value, world)
    }
  }

  #write(index: number, samples: readonly RuleSample[], time: number): void {
    const { storage } = this.#world
    const written = new Map<string, Labels>()
    let late = 0
    for (const { labels, value } of samples) {
      if (storage.append(labels, time, value)) written.set(labels.key, labels)
      else late += 1
    }
    for (const [key, labels] of this.#written[index] ?? []) {
      if (!written.has(key)) storage.append(labels, time, "stale")
    }
    this.#written[index] = written
    if (late > 0) throw new Error("out of order sample")
  }

  #forStates({ name }: AlertingRule, now: number): ForState[] {
    const matchers = [
      { label: "__name__", op: "=", value: "ALERTS_FOR_STATE" },
      { label: "alertname", op: "=", value: name },
    ] as const
    return this.#world.storage.select(matchers, now - outageTolerance - 1, now).flatMap((series) => {
      const { times, values } = series.read()
      const last = times.length - 1
      const [writtenAt, activeAt] = [times[last], values[last]]
      if (writtenAt === undefined || activeAt === undefined || isStale(values, last)) return []
      return [{ labels: series.labels, writtenAt, activeAt: activeAt * 1000 }]
    })
  }
}

/** A rule's query says a vector, or a scalar, which is a series without labels. */
function query(engine: Engine, text: string, time: number): RuleSample[] {
  const result = engine.instant(text, time)
  if (result.type === "vector") return result.series.map(({ labels, sample }) => ({ labels, value: sample[1] }))
  if (result.type === "scalar") return [{ labels: Labels.empty, value: result.sample[1] }]
  throw new Error("rule result is not a vector or scalar")
}
