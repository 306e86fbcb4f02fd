/** How an object does, by the conventions of kstatus. */
export interface Health {
  readonly status: "current" | "progressing" | "failed" | "unknown"
  readonly message: string
}

interface Condition {
  readonly type?: string
  readonly status?: string
  readonly reason?: string
  readonly message?: string
}

interface Observed {
  readonly kind: string
  readonly metadata: { readonly generation?: number; readonly deletionTimestamp?: string }
  readonly spec?: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

/** Health of any object, read from its status alone. */
export function healthOf(object: object): Health {
  const { kind, metadata, spec = {}, status = {} } = object as Observed
  if (metadata.deletionTimestamp !== undefined) return progressing("is being removed")
  const observed = number(status["observedGeneration"])
  if (observed !== undefined && metadata.generation !== undefined && observed < metadata.generation) {
    return progressing("the controller has not seen the last change yet")
  }
  switch (kind) {
    case "Deployment":
      return deployment(spec, status)
    case "StatefulSet":
    case "ReplicaSet":
      return replicated(spec, status)
    case "DaemonSet":
      return daemons(status)
    case "Job":
      return job(status)
    case "Pod":
      return pod(spec, status)
    case "CustomResourceDefinition":
      return isTrue(status, "Established") ? current("established") : progressing("not established yet")
    case "PersistentVolumeClaim":
      return status["phase"] === "Bound" ? current("bound") : progressing("not bound yet")
    default:
      return byConditions(status)
  }
}

function deployment(spec: Observed["spec"], status: Observed["status"]): Health {
  const failure = condition(status, "Progressing")
  if (failure?.status === "False") return failed(failure.message ?? "the rollout does not progress")
  const broken = condition(status, "ReplicaFailure")
  if (broken?.status === "True") return failed(broken.message ?? "pods cannot be made")
  return replicated(spec, status)
}

function replicated(spec: Observed["spec"], status: Observed["status"]): Health {
  const wanted = number(spec?.["replicas"]) ?? 1
  const updated = number(status?.["updatedReplicas"]) ?? number(status?.["replicas"]) ?? 0
  const ready = number(status?.["readyReplicas"]) ?? 0
  const total = number(status?.["replicas"]) ?? 0
  if (updated < wanted) return progressing(`${updated} of ${wanted} pods are of the new revision`)
  if (total > updated) return progressing(`${total - updated} old pods are still there`)
  if (ready < wanted) return progressing(`${ready} of ${wanted} pods are ready`)
  return current(`${ready} of ${wanted} pods are ready`)
}

function daemons(status: Observed["status"]): Health {
  const wanted = number(status?.["desiredNumberScheduled"]) ?? 0
  const updated = number(status?.["updatedNumberScheduled"]) ?? 0
  const ready = number(status?.["numberReady"]) ?? 0
  if (status?.["desiredNumberScheduled"] === undefined) return progressing("not scheduled yet")
  if (updated < wanted) return progressing(`${updated} of ${wanted} pods are of the new revision`)
  return ready < wanted ? progressing(`${ready} of ${wanted} pods are ready`) : current(`${ready} pods are ready`)
}

function job(status: Observed["status"]): Health {
  const failure = condition(status, "Failed")
  if (failure?.status === "True") return failed(failure.message ?? "the job failed")
  return isTrue(status, "Complete") ? current("complete") : progressing("running")
}

function pod(spec: Observed["spec"], status: Observed["status"]): Health {
  const phase = status?.["phase"]
  if (phase === "Succeeded") return current("completed")
  if (phase === "Failed") return failed(typeof status?.["message"] === "string" ? status["message"] : "the pod failed")
  const stuck = waiting(status)
  if (stuck) return spec?.["restartPolicy"] === "Never" ? failed(stuck) : progressing(stuck)
  return isTrue(status, "Ready") ? current("ready") : progressing("not ready yet")
}

/** What a pod waits for that does not come by itself, e.g. an image that is not there; undefined while it merely starts. */
export function stuckReason(pod: object): string | undefined {
  return waiting((pod as Observed).status)
}

function waiting(status: Observed["status"]): string | undefined {
  const containers = (status?.["containerStatuses"] ?? []) as readonly {
    readonly name?: string
    readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } }
  }[]
  const one = containers.find(({ state }) => /BackOff|Err|Invalid/.test(state?.waiting?.reason ?? ""))
  return one && `${one.name ?? "a container"}: ${one.state?.waiting?.message ?? one.state?.waiting?.reason ?? ""}`
}

function byConditions(status: Observed["status"]): Health {
  const stalled = condition(status, "Stalled")
  if (stalled?.status === "True") return failed(stalled.message ?? "stalled")
  if (isTrue(status, "Reconciling")) return progressing(condition(status, "Reconciling")?.message ?? "reconciling")
  const ready = condition(status, "Ready")
  if (ready?.status === "False") return progressing(ready.message ?? "not ready")
  return current("present")
}

function condition(status: Observed["status"], type: string): Condition | undefined {
  const conditions = status?.["conditions"]
  return Array.isArray(conditions) ? (conditions as Condition[]).find((one) => one.type === type) : undefined
}

function isTrue(status: Observed["status"], type: string): boolean {
  return condition(status, type)?.status === "True"
}

function number(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined
}

const current = (message: string): Health => ({ status: "current", message })
const progressing = (message: string): Health => ({ status: "progressing", message })
const failed = (message: string): Health => ({ status: "failed", message })
