import { deliveryName, type CanaryRef } from "../canary/rollout.ts"
import { parseDelivery } from "../canary/delivery.ts"
import { rejectedAs } from "../canary/roll-back.ts"
import type { Edit, Tree } from "../edit/edit.ts"
import { locate, type ObjectName } from "../edit/locate.ts"
import { valueAt } from "../edit/path.ts"
import { workloadName } from "../edit/workload.ts"
import { compareRanks, rankOf, type Rank, type TagInfo } from "../image/order.ts"
import { effectiveTag, parseReference, repositoryOf, withoutDigest, type TagPolicy } from "../image/index.ts"
import { automationOf } from "./automation.ts"
import type { WorkloadRef } from "./release.ts"
import { switchEdit } from "./switches.ts"

/** A container whose policy would release an image now. */
export interface Considered {
  readonly workload: WorkloadRef
  readonly container: string
  /** As Git states it now. */
  readonly current: string
  readonly policy: TagPolicy
  /** The image that the policy chose. */
  readonly chosen: { readonly tag: string; readonly digest: string }
  /** Creation dates, where the policy's order needs them. */
  readonly tags: readonly TagInfo[]
  /** The canary that the workload belongs to. */
  readonly canary: CanaryRef | undefined
}

/**
 * The newer image that a person took back, as the history of the workload's file (newest first) shows it; undefined when nobody
 * did. Only what was stated under today's policy counts: a lock that was opened, another policy and automation that was turned
 * on later all mean that a person has decided since. A canary's own rollback is none: what it took back is rejected.
 */
export function takenBack(considered: Considered, past: readonly Tree[]): string | undefined {
  const { workload, container, policy, canary } = considered
  const name = workloadName(workload.kind, workload.namespace, workload.name)
  if (name === undefined) return undefined
  for (const [at, tree] of past.entries()) {
    const image = automatedImage(tree, name, container, policy)
    if (image === undefined || !isOfOneName(image, considered.current)) return undefined
    const since = past.slice(0, at + 1)
    if (isAbove(image, considered) && !since.some((one) => isRejectedIn(one, image, canary))) return image
  }
  return undefined
}

function isOfOneName(left: string, right: string): boolean {
  const [a, b] = [parseReference(left), parseReference(right)]
  return a !== undefined && b !== undefined && repositoryOf(a) === repositoryOf(b)
}

/** What the container had while this policy was in charge of it. */
function automatedImage(tree: Tree, name: ObjectName, container: string, policy: TagPolicy): string | undefined {
  const found = locate(tree, name)
  if (!found.ok) return undefined
  const { automated, locked, policies, containers } = automationOf(name.kind, found.located.object)
  const read = policies.get(container)
  if (!automated || locked !== undefined || read?.ok !== true || read.policy.text !== policy.text) return undefined
  return containers.find((one) => one.name === container)?.image
}

function isRejectedIn(tree: Tree, image: string, canary: CanaryRef | undefined): boolean {
  const found = canary && locate(tree, deliveryName(canary))
  const read = found?.ok === true ? parseDelivery(valueAt(found.located.object, ["spec"])) : undefined
  return read?.ok === true && rejectedAs(image, undefined, read.delivery.rejected) !== undefined
}

function isAbove(image: string, { current, policy, chosen, tags }: Considered): boolean {
  if (policy.order === "digest") return parseReference(image)?.digest === chosen.digest
  const was = rank(image, policy, tags)
  const is = rank(current, policy, tags)
  return was !== undefined && is !== undefined && compareRanks(was, is) > 0
}

function rank(image: string, policy: TagPolicy, tags: readonly TagInfo[]): Rank | undefined {
  const reference = parseReference(image)
  const tag = reference && effectiveTag(reference)
  return tag === undefined ? undefined : rankOf(policy, tags.find((info) => info.tag === tag) ?? { tag })
}

/** Leaves the workload as the person wants it, until a person unlocks it. Decided on the image that is there now. */
export function lockTakenBack({ workload, container, current, policy }: Considered, newer: string): Edit {
  const reason = `A person went back from ${withoutDigest(newer)} to ${withoutDigest(current)}; \`serin unlock\` lets ${policy.text} go on.`
  const lock = switchEdit({ verb: "lock", workload, cause: `policy ${policy.text}`, reason, message: reason })
  return (tree) => {
    const name = workloadName(workload.kind, workload.namespace, workload.name)
    const image = name && automatedImage(tree, name, container, policy)
    if (image !== current) return { kind: "obsolete", reason: "Image or policy changed meanwhile; it is decided anew." }
    return lock(tree)
  }
}
