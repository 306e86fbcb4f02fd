import type { InventoryEntry } from "../source/index.ts"
import { watchedOf } from "./pass.ts"
import type { SyncState, Target } from "./state.ts"

/** Entries for objects that are to be applied and are not in the inventory yet. */
export function unlisted(state: SyncState, target: Target): readonly InventoryEntry[] {
  const present = new Set(state.inventory.map(({ id }) => id))
  return target.objects.filter(({ id }) => !present.has(id)).map((object): InventoryEntry => watchedOf(object))
}

/** Entries of objects that a target no longer states. */
export function unstated(state: SyncState, target: Target): readonly InventoryEntry[] {
  const stated = new Set(target.objects.map(({ id }) => id))
  return state.inventory.filter(({ id }) => !stated.has(id))
}

/** The inventory after a pass: what the target states, as applied, and what else is still there. Forgets all others. */
export function settleInventory(state: SyncState, target: Target, kept: readonly InventoryEntry[]): void {
  const before = new Map(state.inventory.map((entry) => [entry.id, entry]))
  const stated = target.objects.map((object): InventoryEntry => {
    const watched = watchedOf(object)
    const tracked = state.tracked.get(object.id)
    if (tracked) return { ...watched, desired: tracked.hash, live: tracked.live }
    return { ...before.get(object.id), ...watched }
  })
  const ids = new Set([...stated, ...kept].map(({ id }) => id))
  for (const id of state.tracked.keys()) if (!ids.has(id)) state.tracked.delete(id)
  for (const id of state.held.keys()) if (!ids.has(id)) state.held.delete(id)
  state.inventory = [...stated, ...kept].toSorted((a, b) => (a.id < b.id ? -1 : 1))
}
