import type { Pod, Service } from "../../kube/types.gen.ts"
import { condition } from "../pods/index.ts"

/** When what the endpoints tell has last come to be so: the latest of the pods' and the Service's own changes. */
export function changedAt(service: Service, pods: readonly Pod[]): string | undefined {
  const times = [
    service.metadata.creationTimestamp,
    ...pods.map((pod) => pod.metadata.deletionTimestamp ?? condition(pod, "Ready")?.lastTransitionTime),
  ]
  return times
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)
}
