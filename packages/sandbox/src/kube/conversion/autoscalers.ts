import type { KubeObject } from "../client.ts"
import { isRecord, type Json, listAt, recordAt, stringAt, valueAt, withValue } from "../json.ts"

export const AUTOSCALER_V1 = "autoscaling/v1"
export const AUTOSCALER_V2 = "autoscaling/v2"

/** What `autoscaling/v1` has no field for travels in annotations, so that a round trip loses nothing. */
const METRICS = "autoscaling.alpha.kubernetes.io/metrics"
const CURRENT_METRICS = "autoscaling.alpha.kubernetes.io/current-metrics"
const CONDITIONS = "autoscaling.alpha.kubernetes.io/conditions"
const BEHAVIOR = "autoscaling.alpha.kubernetes.io/behavior"
const ANNOTATIONS = [METRICS, CURRENT_METRICS, CONDITIONS, BEHAVIOR]

/** Only the average use of cpu has a field of its own in v1. */
export function toAutoscalerV1(object: KubeObject): KubeObject {
  const { metrics: _metrics, behavior, ...spec } = recordAt(object, "spec")
  const { currentMetrics: _current, conditions, ...status } = recordAt(object, "status")
  const metrics = listAt(object, "spec", "metrics")
  const current = listAt(object, "status", "currentMetrics")
  const target = metrics.map((metric) => cpu(metric, "target")).find((value) => value !== undefined)
  const present = current.map((metric) => cpu(metric, "current")).find((value) => value !== undefined)
  const others = metrics.filter((metric) => cpu(metric, "target") === undefined)
  const annotations = withoutOurs(object)
  if (others.length > 0) annotations[METRICS] = JSON.stringify(others)
  if (current.length > 0) annotations[CURRENT_METRICS] = JSON.stringify(current)
  if (conditions !== undefined) annotations[CONDITIONS] = JSON.stringify(conditions)
  if (behavior !== undefined) annotations[BEHAVIOR] = JSON.stringify(behavior)
  return rebuilt(object, AUTOSCALER_V1, annotations, {
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: { ...status, ...(present === undefined ? {} : { currentCPUUtilizationPercentage: present }) },
  })
}

export function toAutoscalerV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: target, ...spec } = recordAt(object, "spec")
  const { currentCPUUtilizationPercentage: _, ...status } = recordAt(object, "status")
  const others = carried(object, METRICS)
  const behavior = carried(object, BEHAVIOR)
  const conditions = carried(object, CONDITIONS)
  const metrics = [
    ...(Array.isArray(others) ? (others as unknown[]) : []),
    ...(typeof target === "number" ? [cpuMetric(target)] : []),
  ]
  return rebuilt(object, AUTOSCALER_V2, withoutOurs(object), {
    spec: {
      ...spec,
      ...(metrics.length === 0 ? {} : { metrics }),
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...status,
      currentMetrics: carried(object, CURRENT_METRICS) ?? null,
      ...(conditions === undefined ? {} : { conditions }),
    },
  })
}

function cpu(metric: unknown, part: "target" | "current"): unknown {
  return stringAt(metric, "type") === "Resource" && stringAt(metric, "resource", "name") === "cpu"
    ? valueAt(metric, "resource", part, "averageUtilization")
    : undefined
}

function cpuMetric(averageUtilization: number): Json {
  return { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization } } }
}

function withoutOurs({ metadata: { annotations } }: KubeObject): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations ?? {}).filter(([name]) => !ANNOTATIONS.includes(name)))
}

/** Undefined where the annotation is missing or, being open to everybody, holds something else. */
function carried({ metadata: { annotations } }: KubeObject, name: string): unknown {
  const text = annotations?.[name]
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return Array.isArray(value) || isRecord(value) ? value : undefined
  } catch {
    return undefined
  }
}

function rebuilt(object: KubeObject, apiVersion: string, annotations: Record<string, string>, body: Json): KubeObject {
  const kept = Object.keys(annotations).length === 0 ? undefined : annotations
  const { kind, metadata } = withValue(object, ["metadata", "annotations"], kept)
  return { kind, apiVersion, metadata, ...body }
}
