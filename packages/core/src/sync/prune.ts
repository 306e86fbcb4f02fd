import { describeObjectId, parseObjectId, type ObjectId } from "../manifest/index.ts"
import { ownerAnnotation, pruneAnnotation, syncAnnotation } from "./annotations.ts"

/** Why nothing may be removed now although objects left Git, or undefined when the number is nothing unusual. */
export function massPruneRefusal(removed: number, inventory: number, allowed: boolean): string | undefined {
  if (allowed || removed <= 5 || removed * 2 <= inventory) return undefined
  return (
    `${removed} of ${inventory} objects are no longer in Git, more than half: nothing is removed. If that is meant, ` +
    `annotate the Repository with serin.dev/allow-mass-prune: "true"`
  )
}

export type PruneVerdict =
  | { readonly kind: "delete" }
  /** It is not there any more, or belongs to someone else now: only taken off the inventory. */
  | { readonly kind: "forget"; readonly reason: string }
  /** It stays, and stays in the inventory. */
  | { readonly kind: "keep"; readonly reason: string }

const optIn = new Set(["Namespace", "CustomResourceDefinition", "PersistentVolumeClaim"])

export interface PruneCandidate {
  readonly id: ObjectId
  /** As it is in the cluster now; undefined when it is gone. */
  readonly live: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } } | undefined
  /** Key of the Repository that wants to remove it. */
  readonly owner: string
  /** Keys of other Repositories whose inventory holds it. */
  readonly claimedBy: readonly string[]
}

/** What becomes of an object that left Git. */
export function pruneVerdict({ id, live, owner, claimedBy }: PruneCandidate): PruneVerdict {
  if (!live) return { kind: "forget", reason: "it is gone already" }
  const annotations = live.metadata.annotations ?? {}
  const other = annotations[ownerAnnotation]
  const heir = claimedBy[0] ?? (other === owner ? undefined : other)
  if (heir !== undefined) return { kind: "forget", reason: `it belongs to Repository ${heir} now` }
  // Without our mark it is someone else's object of the same name.
  if (other === undefined) return { kind: "forget", reason: "it no longer carries the mark of this Repository" }
  if (annotations[pruneAnnotation] === "disabled" || annotations[syncAnnotation] === "disabled") {
    return { kind: "keep", reason: `${describeObjectId(id)} is kept as its annotation asks` }
  }
  const { kind } = parseObjectId(id)
  if (optIn.has(kind) && annotations[pruneAnnotation] !== "enabled") {
    const reason =
      `${describeObjectId(id)} is no longer in Git and is kept: a ${kind} is removed only with the annotation ` +
      `serin.dev/prune: enabled, or by hand`
    return { kind: "keep", reason }
  }
  return { kind: "delete" }
}
