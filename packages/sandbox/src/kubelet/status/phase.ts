import type { PodSpec } from "../../kube/types.gen.ts"
import { isSidecar, lastEnd, restarts, type ContainerRecord } from "../pod/record.ts"

export type Phase = "Pending" | "Running" | "Succeeded" | "Failed"

/**
 * The pod's phase by its containers; `Succeeded` and `Failed` only when nothing runs any more. `stopped`: the kubelet
 * has ended all of them for good, whatever the restart policy.
 */
export function phaseOf(spec: PodSpec, records: ReadonlyMap<string, ContainerRecord>, stopped = false): Phase {
  const get = (name: string): ContainerRecord | undefined => records.get(name)
  const main = spec.containers.map(({ name }) => get(name))
  const sidecars = (spec.initContainers ?? []).filter(isSidecar).map(({ name }) => get(name))
  if (stopped) return main.every((record) => record && lastEnd(record)?.exitCode === 0) ? "Succeeded" : "Failed"
  const mainHasRun = main.some((record) => record !== undefined && hasRun(record))
  for (const container of spec.initContainers ?? []) {
    if (mainHasRun || isSidecar(container)) continue
    const record = get(container.name)
    const end = record && lastEnd(record)
    if (record?.state.kind !== "running" && end !== undefined && end.exitCode !== 0) {
      if (!restarts(spec, true, end.exitCode)) return "Failed"
    }
    if (end?.exitCode !== 0) return "Pending"
  }
  if (!mainHasRun || main.some((record) => record === undefined || !hasRun(record))) return "Pending"
  const ends = main.map((record) => (record === undefined ? undefined : lastEnd(record)))
  const isOver = ends.every((end) => end !== undefined && !restarts(spec, false, end.exitCode))
  const stillRunning = sidecars.some((record) => record?.state.kind === "running")
  if (!isOver || stillRunning) return "Running"
  return ends.every((end) => end?.exitCode === 0) ? "Succeeded" : "Failed"
}

const hasRun = ({ state, last }: ContainerRecord): boolean => state.kind !== "waiting" || last !== undefined
