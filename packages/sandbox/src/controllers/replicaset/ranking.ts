import type { Pod } from "../../kube/types.gen.ts"
import { condition, isReady } from "../pods/index.ts"

const phases = ["Pending", "Unknown", "Running"]

/**
 * The order in which pods are given up, the one that is missed least first: not on a node, not running, not ready,
 * cheaper to delete, on a node with more of the same, ready for a shorter time, restarted more often, younger.
 */
export function deletionOrder(pods: readonly Pod[]): Pod[] {
  const onNode = new Map<string, number>()
  for (const pod of pods) onNode.set(node(pod), (onNode.get(node(pod)) ?? 0) + 1)
  const rank = (pod: Pod): number[] => [
    node(pod) === "" ? 0 : 1,
    phases.indexOf(pod.status?.phase ?? "Pending"),
    isReady(pod) ? 1 : 0,
    Number(pod.metadata.annotations?.["controller.kubernetes.io/pod-deletion-cost"] ?? 0),
    -(onNode.get(node(pod)) ?? 0),
    -time(condition(pod, "Ready")?.lastTransitionTime),
    -Math.max(0, ...(pod.status?.containerStatuses ?? []).map((container) => container.restartCount)),
    -time(pod.metadata.creationTimestamp),
  ]
  const ranked = pods.map((pod) => ({ pod, rank: rank(pod) }))
  ranked.sort((a, b) => {
    const differing = a.rank.findIndex((value, index) => value !== b.rank[index])
    return (a.rank[differing] ?? 0) - (b.rank[differing] ?? 0)
  })
  return ranked.map(({ pod }) => pod)
}

const node = (pod: Pod): string => pod.spec?.nodeName ?? ""
const time = (stamp: string | undefined): number => (stamp === undefined ? 0 : Date.parse(stamp))
