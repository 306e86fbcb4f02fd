import type { ListSchema, Schema } from "../schema/index.ts"
import { atomOf, keysOf, memberOf } from "./atom.ts"
import { identify, itemsOf } from "./compare.ts"
import type { PathElement } from "./path-element.ts"

/**
 * `applied` laid over `live`: nothing is removed, leaves and atomic values are taken from `applied`, lists with keys
 * are merged item by item. Items come in the order of `applied`, those it does not name keep their place.
 */
export function merge(schema: Schema, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live
  const atom = atomOf(schema, applied)
  switch (atom.kind) {
    case "scalar":
      return applied
    case "list": {
      const [old, now] = [itemsOf(live), itemsOf(applied)]
      if (atom.schema.listType === "atomic" || (old.length === 0 && now.length === 0)) return applied
      return mergeItems(atom.schema, old, now)
    }
    case "map": {
      const keys = keysOf(live, applied)
      if (atom.atomic || keys.size === 0) return applied
      const merged: Record<string, unknown> = {}
      for (const key of keys) {
        const type = atom.schemaOf(key)
        const value = type && merge(type.schema, memberOf(live, key), memberOf(applied, key))
        if (value !== undefined) merged[key] = value
      }
      return merged
    }
  }
}

function mergeItems(list: ListSchema, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const before = live.map((item, index) => ({ element: identify(list, item, index), item }))
  const after = applied.map((item, index) => ({ element: identify(list, item, index), item }))
  const inLive = new Map<PathElement, unknown>()
  for (const { element, item } of before) {
    // Duplicates of the live list are not merged with, they are replaced.
    inLive.set(element, inLive.has(element) ? undefined : item)
  }
  const named = new Set(after.map(({ element }) => element))
  const shared = after.filter(({ element }) => inLive.has(element)).map(({ element }) => element)

  const result: unknown[] = []
  const taken = new Set<PathElement>()
  const takeApplied = ({ element, item }: { element: PathElement; item: unknown }): void => {
    taken.add(element)
    if (shared[0] === element) shared.shift()
    result.push(merge(list.items, inLive.get(element), item))
  }
  let [l, a] = [0, 0]
  while (l < before.length || a < after.length) {
    const left = before[l]
    const right = after[a]
    if (left !== undefined && right !== undefined) {
      if (left.element === right.element) {
        takeApplied(right)
        l += 1
        a += 1
        continue
      }
      // Both have it, but the applied list wants another one of the shared items first.
      if (named.has(left.element) && shared.length > 0 && shared[0] !== left.element) {
        l += 1
        continue
      }
    }
    if (left !== undefined) {
      if (!named.has(left.element)) {
        result.push(left.item)
        l += 1
        continue
      }
      if (taken.has(left.element)) l += 1
    }
    if (right !== undefined) {
      takeApplied(right)
      a += 1
    }
  }
  return result
}
