import { equalJson } from "../json.ts"
import type { ListSchema, Schema } from "../schema/index.ts"
import { atomOf, InvalidItem, itemElement, keysOf, memberOf, type Atom } from "./atom.ts"
import { FieldSetBuilder, type FieldSet } from "./field-set.ts"
import { fieldElement, type Path, type PathElement } from "./path-element.ts"

/** How `after` differs from `before`; no path is in more than one set. */
export interface Comparison {
  readonly added: FieldSet
  readonly modified: FieldSet
  readonly removed: FieldSet
}

type Walk = Readonly<Record<keyof Comparison, FieldSetBuilder>>

/**
 * Compares two objects by the schema's notion of what has an owner: leaves, atomic objects and lists, and items of
 * lists with keys. Undefined is absent, null is a value.
 */
export function compare(schema: Schema, before: unknown, after: unknown): Comparison {
  const walk: Walk = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  }
  compareAt(walk, schema, [], before, after)
  return { added: walk.added.set(), modified: walk.modified.set(), removed: walk.removed.set() }
}

function compareAt(walk: Walk, schema: Schema, path: Path, before: unknown, after: unknown): void {
  const old = atomOf(schema, before)
  const now = atomOf(schema, after)
  let leaf: boolean
  if (after === undefined) leaf = compareAtom(walk, old, path, before, after)
  else {
    // Something whose type is not declared may have turned from an object into a list or scalar: both are visited.
    if (before !== undefined && old.kind !== now.kind) compareAtom(walk, old, path, before, after)
    leaf = compareAtom(walk, now, path, before, after)
  }
  if (leaf) return
  if (before === undefined) walk.added.add(path)
  else if (after === undefined) walk.removed.add(path)
}

/** True if the value has one owner as a whole, so that what is below it does not count. */
function compareAtom(walk: Walk, atom: Atom, path: Path, before: unknown, after: unknown): boolean {
  switch (atom.kind) {
    case "scalar":
      compareLeaf(walk, path, before, after)
      return true
    case "list": {
      const [old, now] = [itemsOf(before), itemsOf(after)]
      if (atom.schema.listType === "atomic" || (old.length === 0 && now.length === 0)) {
        compareLeaf(walk, path, before, after)
        return true
      }
      compareItems(walk, atom.schema, path, old, now)
      return false
    }
    case "map": {
      const keys = keysOf(before, after)
      if (atom.atomic || keys.size === 0) {
        compareLeaf(walk, path, before, after)
        return true
      }
      for (const key of keys) {
        const type = atom.schemaOf(key)
        if (type === undefined) continue
        compareAt(walk, type.schema, [...path, fieldElement(key)], memberOf(before, key), memberOf(after, key))
      }
      return false
    }
  }
}

function compareLeaf(walk: Walk, path: Path, before: unknown, after: unknown): void {
  if (before === undefined) walk.added.add(path)
  else if (after === undefined) walk.removed.add(path)
  else if (!equalJson(before, after)) walk.modified.add(path)
}

function compareItems(
  walk: Walk,
  list: ListSchema,
  path: Path,
  before: readonly unknown[],
  after: readonly unknown[],
): void {
  const old = groupItems(list, before)
  const now = groupItems(list, after)
  for (const element of new Set([...old.keys(), ...now.keys()])) {
    const here = [...path, element]
    const [was = [], is = []] = [old.get(element), now.get(element)]
    if (was.length <= 1 && is.length <= 1) compareAt(walk, list.items, here, was[0], is[0])
    // Duplicates are owned together, by their key alone.
    else if (was.length > 1 && is.length > 1) {
      if (!equalJson(was, is)) walk.modified.add(here)
    } else if (was.length > 1) {
      if (is.length === 1) compareAt(walk, list.items, here, undefined, is[0])
      walk.removed.add(here)
    } else {
      if (was.length === 1) compareAt(walk, list.items, here, was[0], undefined)
      walk.added.add(here)
    }
  }
}

function groupItems(list: ListSchema, items: readonly unknown[]): Map<PathElement, unknown[]> {
  const groups = new Map<PathElement, unknown[]>()
  for (const [index, item] of items.entries()) {
    const element = identify(list, item, index)
    const group = groups.get(element)
    if (group === undefined) groups.set(element, [item])
    else group.push(item)
  }
  return groups
}

/** The item's element; says which item could not be identified. */
export function identify(list: ListSchema, item: unknown, index: number): PathElement {
  try {
    return itemElement(list, item)
  } catch (error) {
    if (error instanceof InvalidItem) throw new InvalidItem(`element ${index}: ${error.message}`)
    throw error
  }
}

export function itemsOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : []
}
