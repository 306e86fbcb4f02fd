import type { ContainerStatus, Pod } from "../types.gen.ts"
import { age, name, type Cell } from "./cells.ts"
import { since } from "./duration.ts"

/** A row's own conditions: kubectl greys out what is over. */
export function podRowConditions({ status }: Pod): readonly object[] | undefined {
  const completed = { type: "Completed", status: "True" }
  if (status?.phase === "Succeeded") {
    return [{ ...completed, reason: "Succeeded", message: "The pod has completed successfully." }]
  }
  if (status?.phase === "Failed") return [{ ...completed, reason: "Failed", message: "The pod failed." }]
  return undefined
}

export function podCells(pod: Pod, now: Date): Cell[] {
  const { reason, ready, total, restarts, lastRestart } = summarize(pod)
  const restarted = restarts > 0 && lastRestart !== "" ? `${restarts} (${since(lastRestart, now)} ago)` : `${restarts}`
  return [
    name(pod),
    `${ready}/${total}`,
    reason,
    restarted,
    age(pod, now),
    pod.status?.podIPs?.[0]?.ip || "<none>",
    pod.spec?.nodeName || "<none>",
    pod.status?.nominatedNodeName || "<none>",
    readinessGates(pod),
  ]
}

interface Summary {
  /** What the column Status shows: the phase, or what keeps it from Running. */
  reason: string
  ready: number
  total: number
  restarts: number
  /** RFC 3339; empty if none is known. */
  lastRestart: string
}

function summarize(pod: Pod): Summary {
  const phase = pod.status?.phase ?? ""
  const sidecars = new Set(
    (pod.spec?.initContainers ?? []).filter((one) => one.restartPolicy === "Always").map((one) => one.name),
  )
  const summary: Summary = {
    reason: pod.status?.reason || phase,
    ready: 0,
    total: (pod.spec?.containers.length ?? 0) + sidecars.size,
    restarts: 0,
    lastRestart: "",
  }
  const gated = pod.status?.conditions?.some((one) => one.type === "PodScheduled" && one.reason === "SchedulingGated")
  if (gated === true) summary.reason = "SchedulingGated"
  const initializing = addInitContainers(pod, sidecars, summary)
  const initialized = pod.status?.conditions?.find((one) => one.type === "Initialized")?.status === "True"
  if (!initializing || initialized) addContainers(pod, sidecars, summary)

  if (pod.metadata.deletionTimestamp !== undefined) {
    if (pod.status?.reason === "NodeLost") summary.reason = "Unknown"
    else if (phase !== "Succeeded" && phase !== "Failed") summary.reason = "Terminating"
  }
  return summary
}

/** True if an init container is not done yet, or has failed; it gives the reason then. */
function addInitContainers(pod: Pod, sidecars: ReadonlySet<string>, summary: Summary): boolean {
  const statuses = pod.status?.initContainerStatuses ?? []
  for (const [index, status] of statuses.entries()) {
    addRestarts(summary, status)
    const { waiting, terminated } = status.state ?? {}
    if (terminated?.exitCode === 0) continue
    if (sidecars.has(status.name) && status.started === true) {
      if (status.ready) summary.ready += 1
      continue
    }
    if (terminated !== undefined) summary.reason = `Init:${ended(terminated)}`
    else if (waiting?.reason && waiting.reason !== "PodInitializing") summary.reason = `Init:${waiting.reason}`
    else summary.reason = `Init:${index}/${pod.spec?.initContainers?.length ?? 0}`
    return true
  }
  return false
}

/** Once the pod is initialized, only its containers and sidecars count. */
function addContainers(pod: Pod, sidecars: ReadonlySet<string>, summary: Summary): void {
  summary.restarts = 0
  summary.lastRestart = ""
  for (const status of pod.status?.initContainerStatuses ?? []) {
    if (sidecars.has(status.name)) addRestarts(summary, status)
  }
  let running = false
  let failure = ""
  for (const status of (pod.status?.containerStatuses ?? []).toReversed()) {
    addRestarts(summary, status)
    const { waiting, terminated } = status.state ?? {}
    if (waiting?.reason) summary.reason = waiting.reason
    else if (terminated !== undefined) {
      summary.reason = ended(terminated)
      if (terminated.exitCode !== 0) failure = summary.reason
    } else if (status.ready && status.state?.running !== undefined) {
      running = true
      summary.ready += 1
    }
  }
  if (summary.reason !== "Completed") return
  const ready = pod.status?.conditions?.some((one) => one.type === "Ready" && one.status === "True") === true
  if (running && ready) summary.reason = "Running"
  else if (failure !== "") summary.reason = failure
  else if (running) summary.reason = "NotReady"
}

function addRestarts(summary: Summary, { restartCount, lastState }: ContainerStatus): void {
  summary.restarts += restartCount
  const finished = lastState?.terminated?.finishedAt ?? ""
  if (finished !== "" && (summary.lastRestart === "" || Date.parse(finished) > Date.parse(summary.lastRestart))) {
    summary.lastRestart = finished
  }
}

function ended(state: { readonly reason?: string; readonly signal?: number; readonly exitCode: number }): string {
  if (state.reason) return state.reason
  return state.signal ? `Signal:${state.signal}` : `ExitCode:${state.exitCode}`
}

function readinessGates({ spec, status }: Pod): string {
  const gates = spec?.readinessGates ?? []
  if (gates.length === 0) return "<none>"
  const open = gates.filter(
    (gate) => status?.conditions?.find((one) => one.type === gate.conditionType)?.status === "True",
  )
  return `${open.length}/${gates.length}`
}
