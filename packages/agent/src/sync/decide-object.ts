import {
  appliedState,
  driftOf,
  hashJson,
  PROTECTED_ANNOTATION,
  stillProtected,
  syncAnnotation,
  type DesiredObject,
  type Drift,
  type Manifest,
} from "@serin/core"
import { fieldManager, type KubeObject } from "../kube/index.ts"
import type { InventoryEntry } from "../source/index.ts"
import type { Tracked } from "./state.ts"

export type ObjectDecision =
  /** It is as Git says; `adopt` when that was found out from the inventory, after a restart. */
  | { readonly kind: "keep"; readonly adopt?: Tracked }
  | { readonly kind: "apply"; readonly why: "new" | "changed" | "unsure" }
  | { readonly kind: "correct"; readonly drift: Drift }
  /** Its weights are held at 0 while Git says what was wrong. */
  | { readonly kind: "protected" }
  /** An annotation asks to leave it alone. */
  | { readonly kind: "disabled" }

export interface ObjectView {
  readonly desired: DesiredObject
  readonly tracked: Tracked | undefined
  readonly entry: InventoryEntry | undefined
  /** What a watch shows. `current` is false while it is older than our own last write. */
  readonly live: { readonly known: boolean; readonly object?: Manifest & KubeObject; readonly current: boolean }
  /** The objects of the head as Git states them. */
  readonly manifests: readonly Manifest[]
}

/** What to do about one object, on what is known of it. Costs nothing. */
export function decideObject({ desired, tracked, entry, live, manifests }: ObjectView): ObjectDecision {
  const { object } = live
  if (isDisabled(desired.object) || (object && isDisabled(object))) return { kind: "disabled" }
  const mark = object?.metadata.annotations?.[PROTECTED_ANNOTATION]
  if (mark !== undefined && desired.object.kind === "VirtualService") {
    return stillProtected(mark, manifests) ? { kind: "protected" } : { kind: "apply", why: "changed" }
  }
  if (tracked) {
    if (tracked.hash !== desired.hash) return { kind: "apply", why: "changed" }
    if (!live.known || !live.current) return { kind: "keep" }
    const drift = object ? driftOf(tracked.applied, object, fieldManager) : removed
    return drift ? { kind: "correct", drift } : { kind: "keep" }
  }
  if (!entry?.desired || !entry.live) return { kind: "apply", why: entry ? "unsure" : "new" }
  if (entry.desired !== desired.hash) return { kind: "apply", why: "changed" }
  if (!live.known) return { kind: "apply", why: "unsure" }
  if (!object) return { kind: "correct", drift: removed }
  const applied = appliedState(object, fieldManager)
  const adopt = {
    hash: desired.hash,
    applied,
    live: hashJson(applied.view),
    resourceVersion: object.metadata.resourceVersion ?? "0",
  }
  if (adopt.live === entry.live) return { kind: "keep", adopt }
  return { kind: "correct", drift: { paths: ["(while the agent was away)"], who: lastOther(object) } }
}

/** Somebody deleted it. */
export const removed: Drift = { paths: ["(removed)"], who: "unknown" }

/** What happened to an object, in words: `spec.http changed by kubectl-edit`. */
export function describeDrift({ paths, who }: Drift): string {
  if (paths === removed.paths) return "deleted (Kubernetes does not tell by whom)"
  return `${paths.join(", ")} changed by ${who === "unknown" ? "somebody unknown" : who}`
}

function isDisabled(object: Manifest): boolean {
  return object.metadata.annotations?.[syncAnnotation] === "disabled"
}

function lastOther({ metadata }: KubeObject): string {
  const others = (metadata.managedFields ?? []).filter(
    ({ manager, subresource }) => manager !== fieldManager && subresource !== "status",
  )
  return others.toSorted((a, b) => (b.time ?? "").localeCompare(a.time ?? ""))[0]?.manager ?? "unknown"
}
