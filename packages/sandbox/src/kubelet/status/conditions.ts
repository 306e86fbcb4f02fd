import type { Pod, PodCondition } from "../../kube/types.gen.ts"
import { isSidecar, type ContainerRecord } from "../pod/record.ts"
import type { Phase } from "./phase.ts"

/** What a condition says, before times are put to it. */
export interface Verdict {
  readonly type: string
  readonly status: "True" | "False"
  readonly reason?: string
  readonly message?: string
}

type Records = ReadonlyMap<string, ContainerRecord>

/** The conditions that a kubelet sets. `networked`: the pod has its network. */
export function conditionsOf(pod: Pod, records: Records, phase: Phase, networked: boolean): readonly Verdict[] {
  const containersReady = containersReadyOf(pod, records, phase)
  return [
    { type: "PodReadyToStartContainers", status: networked ? "True" : "False" },
    initializedOf(pod, records, phase),
    readyOf(pod, { ...containersReady, type: "Ready" }),
    containersReady,
  ]
}

/** Keeps the time of the last change where nothing has changed. */
export function withTimes(
  verdicts: readonly Verdict[],
  before: readonly PodCondition[],
  generation: number | undefined,
  now: string,
): PodCondition[] {
  return verdicts.map((verdict) => {
    const old = before.find(({ type }) => type === verdict.type)
    const lastTransitionTime = old?.status === verdict.status ? (old.lastTransitionTime ?? now) : now
    return { ...verdict, lastTransitionTime, ...(generation === undefined ? {} : { observedGeneration: generation }) }
  })
}

function containersReadyOf({ spec }: Pod, records: Records, phase: Phase): Verdict {
  const type = "ContainersReady"
  if (phase === "Succeeded") return { type, status: "False", reason: "PodCompleted" }
  if (phase === "Failed") return { type, status: "False", reason: "PodFailed" }
  const all = [...(spec?.initContainers ?? []).filter(isSidecar), ...(spec?.containers ?? [])]
  const unready = all.map(({ name }) => name).filter((name) => records.get(name)?.ready !== true)
  if (unready.length === 0) return { type, status: "True" }
  const message = `containers with unready status: [${unready.join(" ")}]`
  return { type, status: "False", reason: "ContainersNotReady", message }
}

function readyOf({ spec, status }: Pod, containers: Verdict): Verdict {
  if (containers.status === "False") return containers
  const missing = (spec?.readinessGates ?? []).flatMap(({ conditionType }) => {
    const gate = status?.conditions?.find(({ type }) => type === conditionType)
    const name = JSON.stringify(conditionType)
    if (gate === undefined) return [`corresponding condition of pod readiness gate ${name} does not exist.`]
    return gate.status === "True" ? [] : [`the status of pod readiness gate ${name} is not "True", but ${gate.status}`]
  })
  if (missing.length === 0) return containers
  return { type: containers.type, status: "False", reason: "ReadinessGatesNotReady", message: missing.join(", ") }
}

function initializedOf({ spec }: Pod, records: Records, phase: Phase): Verdict {
  const type = "Initialized"
  if (phase === "Succeeded") return { type, status: "True", reason: "PodCompleted" }
  const mainHasRun = (spec?.containers ?? []).some(({ name }) => records.get(name)?.state.kind === "running")
  const incomplete = (spec?.initContainers ?? []).filter((container) => {
    const record = records.get(container.name)
    if (isSidecar(container)) return record?.started !== true
    return !(record?.state.kind === "terminated" && record.state.exitCode === 0)
  })
  if (mainHasRun || incomplete.length === 0) return { type, status: "True" }
  const message = `containers with incomplete status: [${incomplete.map(({ name }) => name).join(" ")}]`
  return { type, status: "False", reason: "ContainersNotInitialized", message }
}
