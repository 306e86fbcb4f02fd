import type { Container, ContainerPort, Lifecycle, SecurityContext, VolumeMount } from "../types.gen.ts"
import { internalForm, isEmpty, port, requiredName, userId, follows } from "./checks.ts"
import { validateEnv, validateEnvFrom } from "./environment.ts"
import { duplicate, forbidden, invalidValue, notFound, notSupported, required, type FieldError } from "./errors.ts"
import { dnsLabel, portName } from "./names.ts"
import { validateHandler, validateLivenessProbe, validateReadinessProbe } from "./probes.ts"
import { validateResources } from "./quantities.ts"
import { descendingPath } from "./volumes.ts"

/** What a container is validated against. */
export interface PodContext {
  /** Names of the pod's valid volumes. */
  readonly volumes: ReadonlySet<string>
  readonly gracePeriod: number | undefined
}

export const protocols = ["SCTP", "TCP", "UDP"]

export function* validateContainers(
  field: string,
  containers: readonly Container[],
  context: PodContext,
): Iterable<FieldError> {
  if (containers.length === 0) {
    yield required(field)
    return
  }
  const names = new Set<string>()
  for (const [index, container] of containers.entries()) {
    const path = `${field}[${index}]`
    yield* validateCommon(path, container, context)
    if (names.has(container.name)) yield duplicate(`${path}.name`, container.name)
    names.add(container.name)
    yield* validateRunning(path, container, context)
    if (container.restartPolicy !== undefined && !["Always", "Never", "OnFailure"].includes(container.restartPolicy)) {
      yield notSupported(`${path}.restartPolicy`, container.restartPolicy, ["Always", "Never", "OnFailure"])
    }
  }
  yield* hostPortConflicts(field, containers)
}

export function* validateInitContainers(
  field: string,
  containers: readonly Container[],
  regular: readonly Container[],
  context: PodContext,
): Iterable<FieldError> {
  const names = new Set(regular.map(({ name }) => name))
  for (const [index, container] of containers.entries()) {
    const path = `${field}[${index}]`
    yield* validateCommon(path, container, context)
    if (container.restartPolicy !== undefined && !["Always", "Never", "OnFailure"].includes(container.restartPolicy)) {
      yield notSupported(`${path}.restartPolicy`, container.restartPolicy, ["Always", "Never", "OnFailure"])
    }
    if (names.has(container.name)) yield duplicate(`${path}.name`, container.name)
    else if (container.name !== "") names.add(container.name)
    yield* hostPortConflicts(field, [container])
    if (container.restartPolicy === "Always") yield* validateRunning(path, container, context)
    else {
      for (const name of ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const) {
        if (container[name] === undefined) continue
        yield forbidden(`${path}.${name}`, "may not be set for init containers without restartPolicy=Always")
      }
    }
  }
}

/** Lifecycle and probes: for containers that stay. */
function* validateRunning(path: string, container: Container, { gracePeriod }: PodContext): Iterable<FieldError> {
  yield* validateLifecycle(`${path}.lifecycle`, container.lifecycle, gracePeriod)
  yield* validateLivenessProbe(`${path}.livenessProbe`, container.livenessProbe, gracePeriod)
  yield* validateReadinessProbe(`${path}.readinessProbe`, container.readinessProbe, gracePeriod)
  yield* validateLivenessProbe(`${path}.startupProbe`, container.startupProbe, gracePeriod)
}

function* validateLifecycle(
  path: string,
  lifecycle: Lifecycle | undefined,
  gracePeriod: number | undefined,
): Iterable<FieldError> {
  for (const hook of ["postStart", "preStop"] as const) {
    const handler = lifecycle?.[hook]
    if (handler !== undefined) yield* validateHandler(`${path}.${hook}`, handler, gracePeriod)
  }
}

function* validateCommon(path: string, container: Container, { volumes }: PodContext): Iterable<FieldError> {
  yield* requiredName(dnsLabel, `${path}.name`, container.name)
  if (isEmpty(container.image)) yield required(`${path}.image`)
  const policy = container.terminationMessagePolicy
  if (policy !== undefined && policy !== "File" && policy !== "FallbackToLogsOnError") {
    yield notSupported(`${path}.terminationMessagePolicy`, policy, ["File", "FallbackToLogsOnError"])
  }
  yield* validatePorts(`${path}.ports`, container.ports ?? [])
  yield* validateEnv(`${path}.env`, container.env ?? [])
  yield* validateEnvFrom(`${path}.envFrom`, container.envFrom ?? [])
  yield* validateMounts(`${path}.volumeMounts`, container, volumes)
  const pull = container.imagePullPolicy ?? ""
  if (pull === "") yield required(`${path}.imagePullPolicy`)
  else if (!["Always", "IfNotPresent", "Never"].includes(pull)) {
    yield notSupported(`${path}.imagePullPolicy`, pull, ["Always", "IfNotPresent", "Never"])
  }
  yield* validateResources(`${path}.resources`, container.resources ?? {})
  yield* validateSecurityContext(`${path}.securityContext`, container.securityContext)
}

function* validatePorts(field: string, ports: readonly ContainerPort[]): Iterable<FieldError> {
  const names = new Set<string>()
  for (const [index, { name, containerPort, hostPort, protocol = "" }] of ports.entries()) {
    const path = `${field}[${index}]`
    if (!isEmpty(name)) {
      const problems = [...follows(portName, `${path}.name`, name)]
      yield* problems
      if (problems.length === 0 && names.has(name)) yield duplicate(`${path}.name`, name)
      if (problems.length === 0) names.add(name)
    }
    if (containerPort === 0) yield required(`${path}.containerPort`)
    else yield* port(`${path}.containerPort`, containerPort)
    if (hostPort !== undefined && hostPort !== 0) yield* port(`${path}.hostPort`, hostPort)
    if (!protocols.includes(protocol)) yield notSupported(`${path}.protocol`, protocol, protocols)
  }
}

function* hostPortConflicts(field: string, containers: readonly Container[]): Iterable<FieldError> {
  const taken = new Set<string>()
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [at, { hostPort, hostIP = "", protocol = "" }] of ports.entries()) {
      if (hostPort === undefined || hostPort === 0) continue
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) yield duplicate(`${field}[${index}].ports[${at}].hostPort`, key)
      taken.add(key)
    }
  }
}

function* validateMounts(field: string, container: Container, volumes: ReadonlySet<string>): Iterable<FieldError> {
  const paths = new Set<string>()
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    const path = `${field}[${index}]`
    if (mount.name === "") yield required(`${path}.name`)
    if (!volumes.has(mount.name)) yield notFound(`${path}.name`, mount.name)
    if (mount.mountPath === "") yield required(`${path}.mountPath`)
    if (paths.has(mount.mountPath)) yield invalidValue(`${path}.mountPath`, mount.mountPath, "must be unique")
    paths.add(mount.mountPath)
    yield* validateSubPath(field, path, mount)
    yield* validatePropagation(`${field}.mountPropagation`, mount, container)
  }
}

function* validateSubPath(field: string, path: string, { subPath, subPathExpr }: VolumeMount): Iterable<FieldError> {
  // The real server names the list and not its item here.
  if (!isEmpty(subPath)) yield* descendingPath(`${field}.subPath`, subPath)
  if (isEmpty(subPathExpr)) return
  if (!isEmpty(subPath)) {
    yield invalidValue(`${path}.subPathExpr`, subPathExpr, "subPathExpr and subPath are mutually exclusive")
  }
  yield* descendingPath(`${field}.subPathExpr`, subPathExpr)
}

function* validatePropagation(
  field: string,
  { mountPropagation }: VolumeMount,
  { securityContext }: Container,
): Iterable<FieldError> {
  if (mountPropagation === undefined) return
  const supported = ["Bidirectional", "HostToContainer", "None"]
  if (!supported.includes(mountPropagation)) yield notSupported(field, mountPropagation, supported)
  if (mountPropagation === "Bidirectional" && securityContext?.privileged !== true) {
    yield forbidden(field, "Bidirectional mount propagation is available only to privileged containers")
  }
}

function* validateSecurityContext(path: string, context: SecurityContext | undefined): Iterable<FieldError> {
  if (context === undefined) return
  yield* userId(`${path}.runAsUser`, context.runAsUser)
  yield* userId(`${path}.runAsGroup`, context.runAsGroup)
  if (context.allowPrivilegeEscalation === false && context.privileged === true) {
    yield invalidValue(
      path,
      internalForm(
        context,
        "Capabilities",
        "Privileged",
        "SELinuxOptions",
        "WindowsOptions",
        "RunAsUser",
        "RunAsGroup",
        "RunAsNonRoot",
        "ReadOnlyRootFilesystem",
        "AllowPrivilegeEscalation",
        "ProcMount",
        "SeccompProfile",
        "AppArmorProfile",
      ),
      "cannot set `allowPrivilegeEscalation` to false and `privileged` to true",
    )
  }
}
