import type { Sample, Labels } from "@serin/promql"
import {
  execute,
  Fields,
  parse,
  TemplateHistogram,
  type Template,
  type TemplateWorld,
  type Value,
} from "../template/index.ts"

/** What Prometheus puts before each label's and annotation's text. */
const variables =
  "{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}{{$externalURL := .ExternalURL}}{{$value := .Value}}"
const dataType =
  "struct { Labels map[string]string; ExternalLabels map[string]string; ExternalURL string; Value interface {} }"

/** Throws Error with the mistake. */
export const parseAlertTemplate = (alert: string, text: string): Template => parse(`__alert_${alert}`, variables + text)

export interface AlertTemplateWorld extends TemplateWorld {
  readonly externalLabels: Readonly<Record<string, string>>
}

/** The text for one series; what goes wrong stands in its place, as in Prometheus. */
export function expandAlertTemplate(
  template: Template,
  labels: Labels,
  value: Sample[1],
  world: AlertTemplateWorld,
): string {
  const data = new Fields(
    {
      Labels: new Map<string, Value>(labels.pairs),
      ExternalLabels: new Map<string, Value>(Object.entries(world.externalLabels)),
      ExternalURL: world.externalUrl,
      Value: typeof value === "number" ? value : new TemplateHistogram(value),
    },
    dataType,
  )
  try {
    return execute(template, data, world)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `<error expanding template: error executing template ${template.name}: ${reason}>`
  }
}
