import { describeObjectId } from "@serin/core"
import type { Condition } from "../source/index.ts"
import type { Applied } from "./pass.ts"
import { describeIds, type Pruned } from "./prune.ts"
import { refusalMessage } from "./refusal.ts"
import type { Held, SyncState } from "./state.ts"

/** How a pass ended, for the Ready condition and for when to look again. */
export interface SyncVerdict {
  readonly condition: Pick<Condition, "type" | "status" | "reason" | "message">
  /** `failed`: with a growing pause; `waiting`: soon, since only something in the cluster is awaited. */
  readonly again?: "failed" | "waiting"
}

/** What the Ready condition says after a pass: the worst that there is to say. */
export function verdictOf(commit: string, state: SyncState, pruned: Pruned): SyncVerdict {
  const short = commit.slice(0, 7)
  if (state.refusal) return notReady("RevisionInvalid", refusalMessage(state))
  const failures = heldAs(state, "failed")
  if (failures.length > 0) {
    const many = `${failures.length} of ${state.inventory.length} objects could not be applied`
    return { ...notReady("ApplyFailed", `${short}: ${many}: ${failures[0]?.[1].reason ?? ""}`), again: "failed" }
  }
  const [waiting] = heldAs(state, "waiting")
  if (waiting) return { ...notReady("Waiting", `${short}: ${waiting[1].reason}`), again: "waiting" }
  const [contested] = heldAs(state, "contested")
  if (contested) return notReady("Contested", `${short}: ${describeObjectId(contested[0])}: ${contested[1].reason}`)
  const [held] = heldAs(state, "protected")
  if (held) return notReady("Protected", `${short} is applied, except ${describeObjectId(held[0])}: ${held[1].reason}`)
  if (pruned.refusal) return notReady("PruneRefused", `${short}: ${pruned.refusal}`)
  const note = pruned.notes[0] === undefined ? "" : `. ${pruned.notes[0]}`
  const message = `${short} is applied: ${state.inventory.length} objects${note}`
  return { condition: { type: "Ready", status: "True", reason: "Synced", message } }
}

/** `Deployment test/web changed; Service test/old removed`. */
export function describeChanges({ created, changed }: Applied, { removed }: Pruned): string {
  const parts = [
    created.length === 0 ? "" : `${describeIds(created)} created`,
    changed.length === 0 ? "" : `${describeIds(changed)} changed`,
    removed.length === 0 ? "" : `${describeIds(removed)} removed`,
  ]
  return parts.filter((part) => part !== "").join("; ")
}

function heldAs({ held }: SyncState, kind: Held["kind"]) {
  return [...held].filter(([, one]) => one.kind === kind)
}

function notReady(reason: string, message: string): SyncVerdict {
  return { condition: { type: "Ready", status: "False", reason, message } }
}
