import { formatObjectId, groupOf, type Manifest, type ObjectId } from "../manifest/index.ts"

interface ScaleTarget {
  readonly scaleTargetRef?: { readonly apiVersion?: string; readonly kind?: string; readonly name?: string }
}

/** Workloads whose replicas a HorizontalPodAutoscaler among the objects decides. */
export function autoscaledTargets(objects: readonly Manifest[]): ReadonlySet<ObjectId> {
  const targets = new Set<ObjectId>()
  for (const object of objects) {
    if (object.kind !== "HorizontalPodAutoscaler" || groupOf(object.apiVersion) !== "autoscaling") continue
    const { kind, name, apiVersion = "" } = (object["spec"] as ScaleTarget | undefined)?.scaleTargetRef ?? {}
    if (!kind || !name) continue
    targets.add(
      formatObjectId({ group: groupOf(apiVersion), kind, namespace: object.metadata.namespace ?? "default", name }),
    )
  }
  return targets
}
