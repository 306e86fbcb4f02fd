import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { DaemonSet, Deployment, LabelSelector, PodTemplateSpec, ReplicaSet, StatefulSet } from "../types.gen.ts"
import {
  amount,
  countOrPercent,
  follows,
  immutable,
  internalForm,
  isEmpty,
  nonNegative,
  notOverHundredPercent,
} from "./checks.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsLabel, dnsSubdomain } from "./names.ts"
import { templateMetadata, validatePodTemplate } from "./pods.ts"
import { isEmptySelector, labelSelector, selects } from "./selectors.ts"

export function* validateDeployment(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as Deployment
  yield* metadata(object, old)
  if (spec === undefined) return
  yield* nonNegative("spec.replicas", spec.replicas)
  yield* selectorAndTemplate(spec, "deployment", "ReplicaSet", "invalid label selector")
  yield* deploymentStrategy(spec.strategy)
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds)
  yield* nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit)
  const deadline = spec.progressDeadlineSeconds
  yield* nonNegative("spec.progressDeadlineSeconds", deadline)
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) {
    yield invalidValue("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds")
  }
  if (old !== undefined) yield* immutable("spec.selector", spec.selector, (old as Deployment).spec?.selector)
}

export function* validateReplicaSet(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as ReplicaSet
  yield* metadata(object, old)
  if (spec === undefined) return
  yield* nonNegative("spec.replicas", spec.replicas)
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds)
  yield* selectorAndTemplate(spec, "deployment", "ReplicaSet", "invalid label selector")
  if (old !== undefined) yield* immutable("spec.selector", spec.selector, (old as ReplicaSet).spec?.selector)
}

export function* validateDaemonSet(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as DaemonSet
  yield* metadata(object, old)
  if (spec === undefined) return
  yield* labelSelector("spec.selector", spec.selector)
  yield* matches(spec.selector, spec.template)
  yield* notEmpty(spec.selector, "daemonset")
  yield* restartedTemplate(spec.template, "DaemonSet")
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds)
  yield* daemonStrategy(spec.updateStrategy)
  yield* nonNegative("spec.revisionHistoryLimit", spec.revisionHistoryLimit)
  if (old !== undefined) yield* immutable("spec.selector", spec.selector, (old as DaemonSet).spec?.selector)
}

const mutableFields =
  "'replicas', 'ordinals', 'template', 'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds'"

export function* validateStatefulSet(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const { spec } = object as StatefulSet
  if (old === undefined) yield* validateMeta(object, dnsLabel)
  else yield* validateMetaUpdate(object, old)
  if (spec === undefined) return
  yield* podManagement(spec.podManagementPolicy)
  yield* statefulStrategy(spec.updateStrategy)
  yield* retention(spec.persistentVolumeClaimRetentionPolicy)
  yield* nonNegative("spec.replicas", spec.replicas)
  yield* nonNegative("spec.minReadySeconds", spec.minReadySeconds)
  yield* nonNegative("spec.ordinals.start", spec.ordinals?.start)
  if (old === undefined && !isEmpty(spec.serviceName)) yield* follows(dnsLabel, "spec.serviceName", spec.serviceName)
  yield* selectorAndTemplate(spec, "statefulset", "StatefulSet", "")
  // The real server looks twice.
  if (selects(spec.selector, {}) !== undefined) yield* templateMetadata("spec.template", spec.template)
  if (old !== undefined && !equalJson(lasting(spec), lasting((old as StatefulSet).spec))) {
    yield forbidden("spec", `updates to statefulset spec for fields other than ${mutableFields} are forbidden`)
  }
}

/** What of a StatefulSet's spec never changes. */
function lasting(spec: StatefulSet["spec"]): object {
  if (spec === undefined) return {}
  const { selector, serviceName, podManagementPolicy, volumeClaimTemplates } = spec
  return { selector, serviceName, podManagementPolicy, volumeClaimTemplates }
}

function* metadata(object: KubeObject, old: KubeObject | undefined): Iterable<FieldError> {
  if (old === undefined) yield* validateMeta(object, dnsSubdomain)
  else yield* validateMetaUpdate(object, old)
}

function* selectorAndTemplate(
  { selector, template }: { readonly selector?: LabelSelector | null; readonly template?: PodTemplateSpec },
  owner: string,
  kind: string,
  whenWrong: string,
): Iterable<FieldError> {
  if (selector === undefined || selector === null) yield required("spec.selector")
  else {
    yield* labelSelector("spec.selector", selector)
    yield* notEmpty(selector, owner)
  }
  if (selects(selector, {}) === undefined) {
    yield invalidValue("spec.selector", selector, whenWrong)
    return
  }
  yield* matches(selector, template ?? {})
  yield* restartedTemplate(template ?? {}, kind)
}

function* notEmpty(selector: LabelSelector | null | undefined, owner: string): Iterable<FieldError> {
  if (selector === null || selector === undefined || !isEmptySelector(selector)) return
  yield invalidValue("spec.selector", selector, `empty selector is invalid for ${owner}`)
}

function* matches(
  selector: LabelSelector | null | undefined,
  { metadata: meta }: PodTemplateSpec,
): Iterable<FieldError> {
  if (selects(selector, meta?.labels ?? {}) !== false) return
  yield invalidValue("spec.template.metadata.labels", meta?.labels, "`selector` does not match template `labels`")
}

function* restartedTemplate(template: PodTemplateSpec, kind: string): Iterable<FieldError> {
  yield* validatePodTemplate("spec.template", template)
  const { restartPolicy = "", activeDeadlineSeconds } = template.spec ?? {}
  if (restartPolicy !== "Always") yield notSupported("spec.template.spec.restartPolicy", restartPolicy, ["Always"])
  if (activeDeadlineSeconds !== undefined) {
    yield forbidden("spec.template.spec.activeDeadlineSeconds", `activeDeadlineSeconds in ${kind} is not Supported`)
  }
}

function* deploymentStrategy(strategy: NonNullable<Deployment["spec"]>["strategy"]): Iterable<FieldError> {
  const { type, rollingUpdate } = strategy ?? {}
  switch (type) {
    case "Recreate":
      if (rollingUpdate === undefined) return
      yield forbidden("spec.strategy.rollingUpdate", "may not be specified when strategy `type` is 'Recreate'")
      return
    case "RollingUpdate":
      yield* rollingDeployment("spec.strategy.rollingUpdate", rollingUpdate ?? {})
      return
    default:
      yield notSupported("spec.strategy", internalForm(strategy ?? {}, "Type", "RollingUpdate"), [
        "Recreate",
        "RollingUpdate",
      ])
  }
}

interface Rolling {
  readonly maxSurge?: number | string
  readonly maxUnavailable?: number | string
}

function* rollingDeployment(path: string, { maxSurge, maxUnavailable }: Rolling): Iterable<FieldError> {
  yield* countOrPercent(`${path}.maxUnavailable`, maxUnavailable)
  yield* countOrPercent(`${path}.maxSurge`, maxSurge)
  if (amount(maxUnavailable) === 0 && amount(maxSurge) === 0) {
    yield invalidValue(`${path}.maxUnavailable`, maxUnavailable, "may not be 0 when `maxSurge` is 0")
  }
  yield* notOverHundredPercent(`${path}.maxUnavailable`, maxUnavailable)
}

function* daemonStrategy(strategy: NonNullable<DaemonSet["spec"]>["updateStrategy"]): Iterable<FieldError> {
  const { type, rollingUpdate } = strategy ?? {}
  const path = "spec.updateStrategy.rollingUpdate"
  if (type === "OnDelete") return
  if (type !== "RollingUpdate") {
    const shown = internalForm(strategy ?? {}, "Type", "RollingUpdate")
    yield notSupported("spec.updateStrategy", shown, ["RollingUpdate", "OnDelete"])
    return
  }
  if (rollingUpdate === undefined) {
    yield required(path)
    return
  }
  const { maxSurge, maxUnavailable } = rollingUpdate
  yield* countOrPercent(`${path}.maxUnavailable`, maxUnavailable)
  yield* countOrPercent(`${path}.maxSurge`, maxSurge)
  yield* notOverHundredPercent(`${path}.maxUnavailable`, maxUnavailable)
  yield* notOverHundredPercent(`${path}.maxSurge`, maxSurge)
  const surge = amount(maxSurge) !== 0
  const unavailable = amount(maxUnavailable) !== 0
  if (surge && unavailable) {
    yield invalidValue(`${path}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero")
  }
  if (!surge && !unavailable) yield required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0")
}

function* podManagement(policy = ""): Iterable<FieldError> {
  if (policy === "") yield required("spec.podManagementPolicy")
  else if (policy !== "OrderedReady" && policy !== "Parallel") {
    yield invalidValue("spec.podManagementPolicy", policy, "must be 'OrderedReady' or 'Parallel'")
  }
}

function* statefulStrategy(strategy: NonNullable<StatefulSet["spec"]>["updateStrategy"]): Iterable<FieldError> {
  const { type = "", rollingUpdate } = strategy ?? {}
  const path = "spec.updateStrategy"
  switch (type) {
    case "":
      yield required(path)
      return
    case "OnDelete":
      if (rollingUpdate === undefined) return
      yield invalidValue(
        `${path}.rollingUpdate`,
        internalForm({ partition: 0, ...rollingUpdate }, "Partition", "MaxUnavailable"),
        "only allowed for updateStrategy 'RollingUpdate'",
      )
      return
    case "RollingUpdate":
      yield* nonNegative(`${path}.rollingUpdate.partition`, rollingUpdate?.partition)
      return
    default:
      yield invalidValue(
        path,
        internalForm(strategy ?? {}, "Type", "RollingUpdate"),
        "must be 'RollingUpdate' or 'OnDelete'",
      )
  }
}

function* retention(
  policy: NonNullable<StatefulSet["spec"]>["persistentVolumeClaimRetentionPolicy"],
): Iterable<FieldError> {
  if (policy === undefined) return
  for (const when of ["whenDeleted", "whenScaled"] as const) {
    const value = policy[when] ?? ""
    if (value === "Retain" || value === "Delete") continue
    yield notSupported(`spec.persistentVolumeClaimRetentionPolicy.${when}`, value, ["Retain", "Delete"])
  }
}
