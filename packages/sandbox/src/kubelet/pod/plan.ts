import type { PodSpec } from "../../kube/types.gen.ts"
import { isSidecar, lastEnd, restarts, type ContainerRecord } from "./record.ts"

/** What is to be done for a pod's containers now. */
export interface Plan {
  /** To be started in this order; those that have failed may have to wait for their back-off first. */
  readonly start: readonly string[]
  /** Nothing will ever run again but sidecars, which are to be stopped. */
  readonly over: boolean
}

type Records = ReadonlyMap<string, ContainerRecord>

/**
 * Init containers one after the other, each until it succeeds; a restartable one (sidecar) until it has started, kept
 * running from then on. Then all others, each by the pod's restart policy.
 */
export function plan(spec: PodSpec, records: Records): Plan {
  const sidecars = (spec.initContainers ?? []).filter(isSidecar).map(({ name }) => name)
  const restartable = sidecars.filter((name) => records.get(name)?.state.kind !== "running")
  if (spec.containers.some(({ name }) => hasRun(records.get(name)))) {
    const start = spec.containers.map(({ name }) => name).filter((name) => isToStart(spec, records.get(name), false))
    const over = spec.containers.every(({ name }) => isOver(spec, records.get(name)))
    return { start: over ? [] : [...restartable, ...start], over }
  }
  const start: string[] = []
  for (const container of spec.initContainers ?? []) {
    const record = records.get(container.name)
    if (isSidecar(container)) {
      if (record?.state.kind !== "running") start.push(container.name)
      if (record?.state.kind !== "running" || !record.started) return { start, over: false }
      continue
    }
    const end = record && lastEnd(record)
    if (end?.exitCode === 0) continue
    if (end !== undefined && !restarts(spec, true, end.exitCode)) return { start: [], over: true }
    if (record?.state.kind !== "running") start.push(container.name)
    return { start, over: false }
  }
  return { start: [...start, ...spec.containers.map(({ name }) => name)], over: false }
}

const hasRun = (record: ContainerRecord | undefined): boolean =>
  record !== undefined && (record.state.kind !== "waiting" || record.last !== undefined)

function isToStart(spec: PodSpec, record: ContainerRecord | undefined, isInit: boolean): boolean {
  if (record?.state.kind === "running") return false
  const end = record && lastEnd(record)
  return end === undefined || restarts(spec, isInit, end.exitCode)
}

function isOver(spec: PodSpec, record: ContainerRecord | undefined): boolean {
  return record?.state.kind === "terminated" && !restarts(spec, false, record.state.exitCode)
}
