import type { Applied, DesiredObject, Manifest, ManifestProblem, ObjectId } from "@serin/core"
import type { InventoryEntry } from "../source/index.ts"
import type { DriftMemory } from "./drift-memory.ts"
import type { Watches } from "./watches.ts"

/** What we know of an object since we last applied it. */
export interface Tracked {
  readonly hash: string
  readonly applied: Applied
  /** Hash of what the API answered in our fields: for the inventory. */
  readonly live: string
  readonly resourceVersion: string
}

/** A revision that could be read, as objects to apply. */
export interface Target {
  readonly commit: string
  readonly objects: readonly DesiredObject[]
  /** The same, as Git states them: what protections are compared with. */
  readonly manifests: readonly Manifest[]
}

/** Why the head is not applied. */
export interface Refusal {
  readonly commit: string
  readonly problems: readonly ManifestProblem[]
  /** Looked at again from then on (ms since the epoch): a kind may be served or a right be given by then. */
  readonly retryAt: number
}

/** Why an object is not as Git says, although the revision is good. */
export interface Held {
  readonly reason: string
  /** `waiting`: for something in the cluster; `contested`: someone changes it again and again. */
  readonly kind: "failed" | "waiting" | "contested" | "protected"
}

/** All that sync remembers of one Repository. Every part can be found again from Git and the cluster. */
export interface SyncState {
  readonly watches: Watches
  readonly drifts: DriftMemory
  readonly tracked: Map<ObjectId, Tracked>
  readonly held: Map<ObjectId, Held>
  /** The head, read; so that it is read once. */
  head: Target | undefined
  inventory: readonly InventoryEntry[]
  /** The last revision that passed all checks: what drift is corrected to while the head is refused. */
  good: Target | undefined
  refusal: Refusal | undefined
  /** Objects (by hash) that the API accepted in a dry run, and the commit for which that was. */
  checked: { readonly commit: string; readonly hashes: Set<string> } | undefined
  /** Whose account the watches use. */
  readonly account: string
}
