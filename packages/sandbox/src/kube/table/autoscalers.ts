import { isRecord, stringAt, valueAt } from "../json.ts"
import { age, count, list, name, someOf, text, type CellMaker } from "./cells.ts"

const horizontalPodAutoscaler: CellMaker = (object, now) => {
  const targets = list(object, "spec.metrics").map((metric, index) =>
    target(metric, list(object, "status.currentMetrics")[index]),
  )
  return [
    name(object),
    `${text(object, "spec.scaleTargetRef.kind")}/${text(object, "spec.scaleTargetRef.name")}`,
    someOf(targets, 2, ", ") || "<none>",
    text(object, "spec.minReplicas", "<unset>"),
    count(object, "spec.maxReplicas"),
    count(object, "status.currentReplicas"),
    age(object, now),
  ]
}

const sources: Readonly<Record<string, string>> = {
  External: "external",
  Pods: "pods",
  Object: "object",
  Resource: "resource",
  ContainerResource: "containerResource",
}

/** `cpu: 12%/80%`: what is measured, and what is wanted. */
function target(metric: unknown, status: unknown): string {
  const type = stringAt(metric, "type") ?? ""
  const field = sources[type]
  if (field === undefined) return "<unknown type>"
  const wanted = valueAt(metric, field, "target")
  const current = valueAt(status, field, "current")
  const average = stringAt(wanted, "averageValue")
  if (type === "Resource" || type === "ContainerResource") {
    const shown =
      average === undefined
        ? `${percent(current, "<unknown>")}/${percent(wanted, "<auto>")}`
        : `${measured(current, "averageValue")}/${average}`
    return `${text(metric, `${field}.name`)}: ${shown}`
  }
  if (average !== undefined) {
    return `${measured(current, "averageValue")}/${average}${type === "Pods" ? "" : " (avg)"}`
  }
  return `${measured(current, "value")}/${text(wanted, "value")}`
}

const measured = (current: unknown, field: string): string =>
  isRecord(current) ? text(current, field, "0") : "<unknown>"

function percent(value: unknown, none: string): string {
  const utilization = valueAt(value, "averageUtilization")
  return typeof utilization === "number" ? `${utilization}%` : none
}

export const autoscalerCells: Readonly<Record<string, CellMaker>> = {
  "autoscaling/horizontalpodautoscalers": horizontalPodAutoscaler,
}
