import type { KubeObject } from "../client.ts"
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricTarget,
  PodDisruptionBudget,
} from "../types.gen.ts"
import { countOrPercent, internalForm, notOverHundredPercent, requiredName } from "./checks.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain, pathSegment } from "./names.ts"
import { labelSelector } from "./selectors.ts"

export function* validateAutoscaler(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as HorizontalPodAutoscaler
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
  if (spec === undefined) return
  const { minReplicas, maxReplicas } = spec
  if (minReplicas !== undefined && minReplicas < 1) {
    yield invalidValue("spec.minReplicas", minReplicas, "must be greater than or equal to 1")
  }
  if (maxReplicas === 0) yield required("spec.maxReplicas", "must be set and greater than 0")
  if (maxReplicas < 0) yield invalidValue("spec.maxReplicas", maxReplicas, "must be greater than or equal to 1")
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    yield invalidValue("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`")
  }
  yield* reference("spec.scaleTargetRef", spec.scaleTargetRef)
  const metrics = spec.metrics ?? []
  for (const [index, metric] of metrics.entries()) yield* validateMetric(`spec.metrics[${index}]`, metric)
  if (minReplicas === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    yield forbidden(
      "spec.metrics",
      "must specify at least one Object or External metric to support scaling to zero replicas",
    )
  }
}

function* reference(path: string, { kind, name, apiVersion = "" }: CrossVersionObjectReference): Iterable<FieldError> {
  yield* requiredName(pathSegment, `${path}.kind`, kind)
  yield* requiredName(pathSegment, `${path}.name`, name)
  if (!apiVersion.includes("/") && !(apiVersion === "v1" && kind === "ReplicationController")) {
    yield invalidValue(`${path}.apiVersion`, apiVersion, "apiVersion must specify API group")
  }
}

const sources = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const

const isSource = (type: string): type is keyof typeof sources => Object.hasOwn(sources, type)

function* validateMetric(path: string, metric: MetricSpec): Iterable<FieldError> {
  const { type } = metric
  if (type === "") yield required(`${path}.type`, "must specify a metric source type")
  if (!isSource(type)) {
    // The real server says it twice.
    const problem = notSupported(`${path}.type`, type, Object.keys(sources))
    yield problem
    yield problem
    return
  }
  const { resource, containerResource, pods, object, external } = metric
  const perResource = containerResource ?? resource
  if (perResource !== undefined) {
    const field = `${path}.${containerResource === undefined ? "resource" : "containerResource"}`
    if (perResource.name === "") yield required(`${field}.name`, "must specify a resource name")
    yield* target(`${field}.target`, perResource.target)
    const { averageUtilization, averageValue } = perResource.target
    if (averageUtilization === undefined && averageValue === undefined) {
      const detail = "must set either a target raw value or a target utilization"
      yield required(`${field}.target.averageUtilization`, detail)
    }
    if (averageUtilization !== undefined && averageValue !== undefined) {
      const detail = "may not set both a target raw value and a target utilization"
      yield forbidden(`${field}.target.averageValue`, detail)
    }
  }
  for (const [name, source] of Object.entries({ pods, object, external })) {
    if (source === undefined) continue
    const field = `${path}.${name}`
    if (source.metric.name === "") yield required(`${field}.metric.name`, "must specify a metric name")
    yield* target(`${field}.target`, source.target)
  }
  if (metric[sources[type]] === undefined) {
    yield required(`${path}.${sources[type]}`, "must populate information for the given metric source")
  }
}

function* target(path: string, { type, averageUtilization }: MetricTarget): Iterable<FieldError> {
  if (type === "") yield required(`${path}.type`, "must specify a metric target type")
  if (!["Utilization", "Value", "AverageValue"].includes(type)) {
    yield invalidValue(`${path}.type`, type, "must be either Utilization, Value, or AverageValue")
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    yield invalidValue(`${path}.averageUtilization`, averageUtilization, "must be greater than 0")
  }
}

export function* validateDisruptionBudget(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec = {} } = object as PodDisruptionBudget
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    yield invalidValue(
      "spec",
      internalForm(spec, "MinAvailable", "Selector", "MaxUnavailable", "UnhealthyPodEvictionPolicy"),
      "minAvailable and maxUnavailable cannot be both set",
    )
  }
  yield* countOrPercent("spec.minAvailable", minAvailable)
  yield* notOverHundredPercent("spec.minAvailable", minAvailable)
  yield* countOrPercent("spec.maxUnavailable", maxUnavailable)
  yield* notOverHundredPercent("spec.maxUnavailable", maxUnavailable)
  yield* labelSelector("spec.selector", selector)
  const supported = ["AlwaysAllow", "IfHealthyBudget"]
  if (policy !== undefined && !supported.includes(policy)) {
    yield notSupported("spec.unhealthyPodEvictionPolicy", policy, supported)
  }
}
