import type { KubeClient, KubeObject, ResourceRef } from "../../kube/index.ts"
import type { LabelSelector, OwnerReference } from "../../kube/types.gen.ts"
import { missing } from "../runtime/absence.ts"

export function controllerReference(owner: KubeObject): OwnerReference {
  const { name = "", uid = "" } = owner.metadata
  return { apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true, blockOwnerDeletion: true }
}

export function controller(object: KubeObject): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true)
}

/** Whether labels satisfy a selector. One without any requirement selects nothing here, as for workloads. */
export function selects(selector: LabelSelector | undefined, labels: Readonly<Record<string, string>> = {}): boolean {
  const { matchLabels = {}, matchExpressions = [] } = selector ?? {}
  if (Object.keys(matchLabels).length + matchExpressions.length === 0) return false
  const has = (key: string): boolean => Object.hasOwn(labels, key)
  return (
    Object.entries(matchLabels).every(([key, value]) => has(key) && labels[key] === value) &&
    matchExpressions.every(({ key, operator, values = [] }) => {
      if (operator === "In") return has(key) && values.includes(labels[key] ?? "")
      if (operator === "NotIn") return !has(key) || !values.includes(labels[key] ?? "")
      return operator === "Exists" ? has(key) : !has(key)
    })
  )
}

/**
 * The objects in the owner's namespace that belong to it: those it controls, and those without a controller that its
 * selector finds, which become its own now. One that it controls and no longer selects is let go. An owner that is
 * being deleted takes in nothing.
 */
export async function claim<T extends KubeObject>(
  client: KubeClient,
  owner: KubeObject,
  selector: LabelSelector | undefined,
  ref: ResourceRef,
): Promise<T[]> {
  const { namespace = "", uid, deletionTimestamp } = owner.metadata
  const { items } = await client.list<T>(ref, { namespace })
  const claimed: T[] = []
  for (const item of items) {
    const { name = "", ownerReferences = [] } = item.metadata
    const controlling = controller(item)
    const matches = selects(selector, item.metadata.labels)
    if (controlling?.uid === uid) {
      if (matches || deletionTimestamp !== undefined) claimed.push(item)
      else
        await missing(
          setOwners(
            client,
            ref,
            item,
            ownerReferences.filter((reference) => reference.uid !== uid),
          ),
        )
    } else if (
      controlling === undefined &&
      matches &&
      [deletionTimestamp, item.metadata.deletionTimestamp].every((time) => time === undefined)
    ) {
      await missing(setOwners(client, ref, item, [...ownerReferences, controllerReference(owner)]))
      claimed.push(await client.get<T>(ref, name, namespace))
    }
  }
  return claimed
}

function setOwners(
  client: KubeClient,
  ref: ResourceRef,
  item: KubeObject,
  ownerReferences: OwnerReference[],
): Promise<unknown> {
  const { name = "", namespace, uid } = item.metadata
  return client.patch(ref, name, namespace, "merge", { metadata: { uid, ownerReferences } })
}
