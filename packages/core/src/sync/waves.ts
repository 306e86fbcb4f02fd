import { parseObjectId, type ObjectId } from "../manifest/index.ts"

/** Waves in the order in which they are applied; removal goes the other way. */
export const waves = ["definitions", "configuration", "workloads", "subsets", "routes"] as const
export type Wave = (typeof waves)[number]

const workloadKinds = new Set([
  "Deployment.apps",
  "StatefulSet.apps",
  "DaemonSet.apps",
  "ReplicaSet.apps",
  "Job.batch",
  "CronJob.batch",
  "Pod",
  "ReplicationController",
])

/** Everything that is not named here is configuration: it may be what a workload needs to start. */
export function waveOf(id: ObjectId): Wave {
  const { kind, group } = parseObjectId(id)
  const type = group === "" ? kind : `${kind}.${group}`
  if (type === "Namespace" || type === "CustomResourceDefinition.apiextensions.k8s.io") return "definitions"
  if (workloadKinds.has(type)) return "workloads"
  if (type === "DestinationRule.networking.istio.io") return "subsets"
  if (type === "VirtualService.networking.istio.io" || type === "Gateway.networking.istio.io") return "routes"
  return "configuration"
}

/** Sorts into waves, keeping the order within each. */
export function byWave<T extends { readonly id: ObjectId }>(objects: readonly T[]): readonly (readonly T[])[] {
  return waves.map((wave) => objects.filter((object) => waveOf(object.id) === wave))
}
