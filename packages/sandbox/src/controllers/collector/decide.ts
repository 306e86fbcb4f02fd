import type { OwnerReference } from "../../kube/types.gen.ts"
import type { Entry } from "./graph.ts"

/** Finalizers that the API server sets for the propagation policies `Foreground` and `Orphan`. */
export const FOREGROUND = "foregroundDeletion"
export const ORPHAN = "orphan"

/** How an owner stands towards its dependent. */
export type Standing =
  /** There, so the dependent stays. */
  | "solid"
  /** It does not exist, or another object has its name now. */
  | "dangling"
  /** Going in the foreground, and it waits for this dependent. */
  | "waiting"

export type Decision =
  | { readonly do: "nothing" }
  | { readonly do: "delete"; readonly policy: "Background" | "Foreground" | "Orphan" }
  | { readonly do: "drop owners"; readonly keep: readonly OwnerReference[] }

/** What becomes of an object given its owners. One without owners is nobody's to collect. */
export function decide(
  entry: Entry,
  owners: readonly { readonly owner: OwnerReference; readonly standing: Standing }[],
  hasDependents: boolean,
): Decision {
  const with_ = (standing: Standing): OwnerReference[] =>
    owners.filter((one) => one.standing === standing).map(({ owner }) => owner)
  const solid = with_("solid")
  if (owners.length === 0) return { do: "nothing" }
  if (solid.length === owners.length) return { do: "nothing" }
  if (solid.length > 0) return { do: "drop owners", keep: solid }
  // An owner that waits must see its dependents' dependents gone as well.
  if (with_("waiting").length > 0 && hasDependents) return { do: "delete", policy: "Foreground" }
  if (entry.finalizers.includes(ORPHAN)) return { do: "delete", policy: "Orphan" }
  if (entry.finalizers.includes(FOREGROUND)) return { do: "delete", policy: "Foreground" }
  return { do: "delete", policy: "Background" }
}

/** Whether an owner that is deleted in the foreground still has to wait for the dependent. */
export function blocks(owner: Entry, dependent: Entry): boolean {
  return dependent.owners.some(({ uid, blockOwnerDeletion }) => uid === owner.uid && blockOwnerDeletion === true)
}
