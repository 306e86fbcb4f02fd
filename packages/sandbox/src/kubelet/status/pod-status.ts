import type { Pod, PodCondition, PodStatus } from "../../kube/types.gen.ts"
import { isSidecar, newRecord, type ContainerRecord } from "../pod/record.ts"
import { conditionsOf, withTimes } from "./conditions.ts"
import { containerStatus } from "./container-status.ts"
import { phaseOf } from "./phase.ts"
import { apiTime } from "./time.ts"

export interface PodState {
  readonly records: ReadonlyMap<string, ContainerRecord>
  readonly startedAt: number
  /** Its address, as long as it has its network; afterwards the last one. */
  readonly ip: string | undefined
  readonly networked: boolean
  /** All containers have been ended for good. */
  readonly stopped: boolean
  /** Why the kubelet has ended the pod (`Evicted`, `DeadlineExceeded`), whatever its containers say. */
  readonly failure?: { readonly reason: string; readonly message: string }
}

/**
 * What the kubelet writes to `status`: all of its own fields, nothing of others'. `before` are the conditions that it has
 * written last.
 */
export function podStatus(
  pod: Pod,
  state: PodState,
  before: readonly PodCondition[],
  hostIP: string,
  now: number,
): PodStatus {
  const spec = pod.spec ?? { containers: [] }
  const { records, failure } = state
  const phase = failure === undefined ? phaseOf(spec, records, state.stopped) : "Failed"
  const inits = spec.initContainers ?? []
  const pendingInit = inits.some((container) => {
    const record = records.get(container.name)
    if (isSidecar(container)) return record?.started !== true
    return !(record?.state.kind === "terminated" && record.state.exitCode === 0)
  })
  const waitingFor = inits.length > 0 && pendingInit ? "PodInitializing" : "ContainerCreating"
  const get = (name: string): ContainerRecord => records.get(name) ?? newRecord(name)
  const conditions = conditionsOf(pod, records, phase, state.networked)
  const { generation } = pod.metadata
  return {
    phase,
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: withTimes(conditions, before, generation, apiTime(now)),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(state.ip === undefined ? {} : { podIP: state.ip, podIPs: [{ ip: state.ip }] }),
    startTime: apiTime(state.startedAt),
    ...(failure === undefined ? {} : failure),
    ...(inits.length === 0
      ? {}
      : {
          initContainerStatuses: inits.map((container) => {
            const record = get(container.name)
            // A regular init container is "ready" when it has done its work.
            const done = record.state.kind === "terminated" && record.state.exitCode === 0
            const ready = isSidecar(container) ? record.ready : done
            return containerStatus(container, { ...record, ready }, "PodInitializing")
          }),
        }),
    containerStatuses: [...spec.containers]
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .map((container) => containerStatus(container, get(container.name), waitingFor)),
  }
}
