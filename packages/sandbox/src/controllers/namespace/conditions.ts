import type { NamespaceCondition } from "../../kube/types.gen.ts"
import { timestamp } from "../runtime/index.ts"

/** What is left in a namespace that is being deleted. */
export interface Remaining {
  /** Resource (`configmaps.`, `deployments.apps`) → how many objects. */
  readonly content: ReadonlyMap<string, number>
  /** Finalizer → how many objects wait for it. */
  readonly finalizers: ReadonlyMap<string, number>
}

/** The conditions that say why a namespace is still there, in the words of the real controller. */
export function deletionConditions(
  { content, finalizers }: Remaining,
  present: readonly NamespaceCondition[],
  now: Date,
): NamespaceCondition[] {
  const left = [...content].sort().map(([resource, count]) => `${resource} has ${String(count)} resource instances`)
  const waiting = [...finalizers]
    .sort()
    .map(([finalizer, count]) => `${finalizer} in ${String(count)} resource instances`)
  const wanted: NamespaceCondition[] = [
    no("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    no(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    no(
      "NamespaceDeletionContentFailure",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    left.length > 0
      ? yes("NamespaceContentRemaining", "SomeResourcesRemain", `Some resources are remaining: ${left.join(", ")}`)
      : no("NamespaceContentRemaining", "ContentRemoved", "All content successfully removed"),
    waiting.length > 0
      ? yes(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${waiting.join(", ")}`,
        )
      : no("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished"),
  ]
  const time = timestamp(now)
  return wanted.map((condition) => {
    const before = present.find(({ type }) => type === condition.type)
    const same = before?.status === condition.status && before.message === condition.message
    return { ...condition, lastTransitionTime: same ? (before.lastTransitionTime ?? time) : time }
  })
}

const no = (type: string, reason: string, message: string): NamespaceCondition => ({
  type,
  status: "False",
  reason,
  message,
})
const yes = (type: string, reason: string, message: string): NamespaceCondition => ({
  type,
  status: "True",
  reason,
  message,
})
