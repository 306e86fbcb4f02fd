import type { KubeObject } from "../client.ts"
import { equalJson } from "../json.ts"
import type { HostAlias, Pod, PodSecurityContext, PodSpec, PodTemplateSpec, Toleration } from "../types.gen.ts"
import { ipAddress } from "./addresses.ts"
import { follows, inRange, isEmpty, labels, userId, without } from "./checks.ts"
import { validateContainers, validateInitContainers } from "./containers.ts"
import { forbidden, invalidValue, notSupported, required, type FieldError } from "./errors.ts"
import { annotations, validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsLabel, dnsSubdomain, labelValue, qualifiedName } from "./names.ts"
import { labelSelector } from "./selectors.ts"
import { validateVolumes } from "./volumes.ts"

export function* validatePod(object: KubeObject): Iterable<FieldError> {
  yield* validateMeta(object, dnsSubdomain)
  yield* validatePodOnly(object)
  const spec = (object as Pod).spec
  if ((spec?.ephemeralContainers ?? []).length > 0)
    yield forbidden("spec.ephemeralContainers", "cannot be set on create")
  if (!isEmpty(spec?.nodeName) && (spec?.schedulingGates ?? []).length > 0) {
    yield forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")
  }
}

function* validatePodOnly(object: KubeObject): Iterable<FieldError> {
  const { spec = noSpec } = object as Pod
  yield* validatePodSpec("spec", spec, true)
  for (const list of ["containers", "initContainers"] as const) {
    for (const [index, { image = "" }] of (spec[list] ?? []).entries()) {
      if (image.trim() === image) continue
      yield invalidValue(`spec.${list}[${index}].image`, image, "must not have leading or trailing whitespace")
    }
  }
}

const noSpec: PodSpec = { containers: [] }

const mutable =
  "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"

/** A running pod may get other images, a shorter deadline and more tolerations: nothing else. */
export function* validatePodUpdate(object: KubeObject, before: KubeObject): Iterable<FieldError> {
  yield* validateMetaUpdate(object, before)
  yield* validateMeta(object, dnsSubdomain)
  yield* validatePodOnly(object)
  const { spec = noSpec } = object as Pod
  const { spec: old = noSpec } = before as Pod
  for (const list of ["containers", "initContainers"] as const) {
    if ((spec[list] ?? []).length === (old[list] ?? []).length) continue
    yield forbidden(`spec.${list}`, "pod updates may not add or remove containers")
    return
  }
  for (const [index, { image }] of spec.containers.entries()) {
    if (isEmpty(image)) yield required(`spec.containers[${index}].image`)
  }
  const deadline = spec.activeDeadlineSeconds
  const oldDeadline = old.activeDeadlineSeconds
  if (deadline === undefined && oldDeadline !== undefined) {
    yield invalidValue("spec.activeDeadlineSeconds", undefined, "must not update from a positive integer to nil value")
  } else if (deadline !== undefined && oldDeadline !== undefined && oldDeadline < deadline) {
    yield invalidValue("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value")
    return
  }
  const kept = (old.tolerations ?? []).every((one) =>
    (spec.tolerations ?? []).some((other) => sameToleration(one, other)),
  )
  if (!kept) yield forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")
  const gates = (spec.schedulingGates ?? []).filter(
    (gate) => !(old.schedulingGates ?? []).some((one) => equalJson(one, gate)),
  )
  for (const gate of gates) {
    yield forbidden("spec.schedulingGates", `only deletion is allowed, but found new scheduling gate '${gate.name}'`)
  }
  if (!equalJson(comparable(spec), comparable(old))) {
    yield forbidden("spec", `pod updates may not change fields other than ${mutable}`)
  }
}

function sameToleration(a: Toleration, b: Toleration): boolean {
  return equalJson(without(a, "tolerationSeconds"), without(b, "tolerationSeconds"))
}

/** The spec without what an update may change. */
function comparable(spec: PodSpec): object {
  const bare = (containers: PodSpec["initContainers"]) =>
    (containers ?? []).map((container) => without(container, "image"))
  return {
    ...without(spec, "activeDeadlineSeconds", "tolerations", "schedulingGates"),
    containers: bare(spec.containers),
    initContainers: bare(spec.initContainers),
  }
}

export function* validatePodTemplate(field: string, template: PodTemplateSpec): Iterable<FieldError> {
  const { spec = noSpec } = template
  yield* templateMetadata(field, template)
  yield* validatePodSpec(`${field}.spec`, spec, false)
  if ((spec.ephemeralContainers ?? []).length > 0) {
    yield forbidden(`${field}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")
  }
}

export function* templateMetadata(field: string, { metadata }: PodTemplateSpec): Iterable<FieldError> {
  yield* labels(`${field}.labels`, metadata?.labels)
  yield* annotations(`${field}.annotations`, metadata?.annotations)
}

export const restartPolicies = ["Always", "OnFailure", "Never"]
const dnsPolicies = ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]

function* validatePodSpec(path: string, spec: PodSpec, isPod: boolean): Iterable<FieldError> {
  const gracePeriod = spec.terminationGracePeriodSeconds
  const volumes = validateVolumes(`${path}.volumes`, spec.volumes ?? [])
  yield* volumes.errors
  const context = { volumes: volumes.names, gracePeriod }
  const containers = spec.containers ?? []
  yield* validateContainers(`${path}.containers`, containers, context)
  yield* validateInitContainers(`${path}.initContainers`, spec.initContainers ?? [], containers, context)
  if (spec.hostNetwork === true) yield* hostNetworkPorts(`${path}.containers`, spec, isPod)
  const restart = spec.restartPolicy ?? ""
  if (!restartPolicies.includes(restart)) yield notSupported(`${path}.restartPolicy`, restart, restartPolicies)
  const dns = spec.dnsPolicy ?? ""
  if (!dnsPolicies.includes(dns)) yield notSupported(`${path}.dnsPolicy`, dns, dnsPolicies)
  yield* labels(`${path}.nodeSelector`, spec.nodeSelector)
  yield* validateSecurityContext(`${path}.securityContext`, spec.securityContext)
  yield* validateNodeAffinity(`${path}.affinity`, spec)
  if (dns === "None" && (spec.dnsConfig?.nameservers ?? []).length === 0) {
    if (spec.dnsConfig === undefined)
      yield required(`${path}.dnsConfig`, "must provide `dnsConfig` when `dnsPolicy` is None")
    else {
      yield required(
        `${path}.dnsConfig.nameservers`,
        "must provide at least one DNS nameserver when `dnsPolicy` is None",
      )
    }
  }
  for (const [index, { conditionType }] of (spec.readinessGates ?? []).entries()) {
    yield* follows(qualifiedName, `${path}.readinessGates[${index}].conditionType`, conditionType)
  }
  yield* validateSpread(`${path}.topologySpreadConstraints`, spec)
  if (!isEmpty(spec.serviceAccountName))
    yield* follows(dnsSubdomain, `${path}.serviceAccountName`, spec.serviceAccountName)
  if (!isEmpty(spec.nodeName)) yield* follows(dnsSubdomain, `${path}.nodeName`, spec.nodeName)
  yield* inRange(`${path}.activeDeadlineSeconds`, spec.activeDeadlineSeconds, 1, 2 ** 31 - 1)
  if (!isEmpty(spec.hostname)) yield* follows(dnsLabel, `${path}.hostname`, spec.hostname)
  if (!isEmpty(spec.subdomain)) yield* follows(dnsLabel, `${path}.subdomain`, spec.subdomain)
  yield* validateTolerations(`${path}.tolerations`, spec.tolerations ?? [])
  yield* validateHostAliases(`${path}.hostAliases`, spec.hostAliases ?? [])
  if (!isEmpty(spec.priorityClassName)) {
    yield* follows(dnsSubdomain, `${path}.priorityClassName`, spec.priorityClassName)
  }
  const system = spec.os?.name
  if (system === "") yield required(`${path}.os.name`)
  else if (system !== undefined && system !== "linux" && system !== "windows") {
    yield notSupported(`${path}.os`, system, ["linux", "windows"])
  }
}

function* hostNetworkPorts(field: string, { containers }: PodSpec, isPod: boolean): Iterable<FieldError> {
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [at, { hostPort = 0, containerPort }] of ports.entries()) {
      if (hostPort === containerPort || (!isPod && hostPort === 0)) continue
      const path = `${field}[${index}].ports[${at}].hostPort`
      yield invalidValue(path, hostPort, "must match `containerPort` when `hostNetwork` is true")
    }
  }
}

function* validateSecurityContext(path: string, context: PodSecurityContext | undefined): Iterable<FieldError> {
  yield* userId(`${path}.fsGroup`, context?.fsGroup)
  yield* userId(`${path}.runAsUser`, context?.runAsUser)
  yield* userId(`${path}.runAsGroup`, context?.runAsGroup)
  for (const [index, group] of (context?.supplementalGroups ?? []).entries()) {
    yield* userId(`${path}.supplementalGroups[${index}]`, group)
  }
}

function* validateNodeAffinity(path: string, { affinity }: PodSpec): Iterable<FieldError> {
  const needed = affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution
  if (needed === undefined || (needed.nodeSelectorTerms ?? []).length > 0) return
  yield required(
    `${path}.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms`,
    "must have at least one node selector term",
  )
}

function* validateSpread(field: string, { topologySpreadConstraints }: PodSpec): Iterable<FieldError> {
  for (const [index, constraint] of (topologySpreadConstraints ?? []).entries()) {
    const path = `${field}[${index}]`
    if (constraint.maxSkew <= 0) yield invalidValue(`${path}.maxSkew`, constraint.maxSkew, "must be greater than zero")
    if (constraint.topologyKey === "") yield required(`${path}.topologyKey`, "can not be empty")
    const supported = ["DoNotSchedule", "ScheduleAnyway"]
    if (!supported.includes(constraint.whenUnsatisfiable)) {
      yield notSupported(`${path}.whenUnsatisfiable`, constraint.whenUnsatisfiable, supported)
    }
    yield* labelSelector(`${path}.labelSelector`, constraint.labelSelector)
  }
}

function* validateTolerations(field: string, tolerations: readonly Toleration[]): Iterable<FieldError> {
  for (const [
    index,
    { key = "", operator = "", value = "", effect = "", tolerationSeconds },
  ] of tolerations.entries()) {
    const path = `${field}[${index}]`
    if (key !== "") yield* follows(qualifiedName, `${path}.key`, key)
    if (key === "" && operator !== "Exists") {
      yield invalidValue(
        `${path}.operator`,
        operator,
        'operator must be Exists when `key` is empty, which means "match all values and all keys"',
      )
    }
    if (tolerationSeconds !== undefined && effect !== "NoExecute") {
      yield invalidValue(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")
    }
    if (operator === "Equal" || operator === "") {
      const problems = labelValue(value)
      if (problems.length > 0) yield invalidValue(`${path}.operator`, value, problems.join(";"))
    } else if (operator === "Exists") {
      if (value !== "") {
        yield invalidValue(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")
      }
    } else yield notSupported(`${path}.operator`, operator, ["Equal", "Exists"])
    const effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"]
    if (effect !== "" && !effects.includes(effect)) yield notSupported(`${path}.effect`, effect, effects)
  }
}

function* validateHostAliases(field: string, aliases: readonly HostAlias[]): Iterable<FieldError> {
  for (const [index, { ip, hostnames = [] }] of aliases.entries()) {
    yield* follows(ipAddress, `${field}[${index}].ip`, ip)
    for (const [at, hostname] of hostnames.entries()) {
      yield* follows(dnsSubdomain, `${field}[${index}].hostnames[${at}]`, hostname)
    }
  }
}
