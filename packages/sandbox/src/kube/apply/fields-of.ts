import { isRecord } from "../json.ts"
import type { ListSchema, Schema } from "../schema/index.ts"
import { atomOf } from "./atom.ts"
import { identify, itemsOf } from "./compare.ts"
import { below, FieldSetBuilder, has, isEmpty, type FieldSet } from "./field-set.ts"
import { fieldElement, type Path, type PathElement } from "./path-element.ts"

/** Every leaf, list item and key of a map that the object mentions. */
export function fieldsOf(schema: Schema, value: unknown): FieldSet {
  const set = new FieldSetBuilder()
  collect(set, schema, [], value)
  return set.set()
}

function collect(set: FieldSetBuilder, schema: Schema, path: Path, value: unknown): void {
  const atom = atomOf(schema, value)
  if (atom.kind === "scalar") set.add(path)
  else if (atom.kind === "list") {
    if (atom.schema.listType === "atomic") set.add(path)
    else collectItems(set, atom.schema, path, itemsOf(value))
  } else if (atom.atomic) set.add(path)
  else if (isRecord(value)) {
    for (const [key, member] of Object.entries(value)) {
      const type = atom.schemaOf(key)
      if (member === undefined || type === undefined) continue
      const here = [...path, fieldElement(key)]
      collect(set, type.schema, here, member)
      const empty = member === null || (isRecord(member) && Object.keys(member).length === 0)
      if (empty || !type.declared) set.add(here)
    }
  }
}

function collectItems(set: FieldSetBuilder, list: ListSchema, path: Path, items: readonly unknown[]): void {
  const elements = items.map((item, index) => identify(list, item, index))
  const seen = new Set<PathElement>()
  const duplicates = new Set(elements.filter((element) => seen.size === seen.add(element).size))
  for (const [index, element] of elements.entries()) {
    const here = [...path, element]
    // Duplicates are owned by their key alone.
    if (!duplicates.has(element)) collect(set, list.items, here, items[index])
    set.add(here)
  }
}

/**
 * The value without what the set names; undefined if nothing is left. Inside of atomic values nothing is removed on its
 * own: they go as a whole when something in them is to be removed.
 */
export function withoutFields(schema: Schema, value: unknown, set: FieldSet): unknown {
  const atom = atomOf(schema, value)
  if (atom.kind === "scalar") return value
  if (atom.kind === "list") {
    if (atom.schema.listType === "atomic") return undefined
    const kept: unknown[] = []
    for (const [index, item] of itemsOf(value).entries()) {
      const element = identify(atom.schema, item, index)
      if (has(set, [element])) continue
      const inner = below(set, element)
      kept.push(isEmpty(inner) ? item : (withoutFields(atom.schema.items, item, inner) ?? null))
    }
    return kept.length > 0 ? kept : undefined
  }
  if (!isRecord(value) || atom.atomic) return undefined
  const kept: Record<string, unknown> = {}
  for (const [key, member] of Object.entries(value)) {
    const element = fieldElement(key)
    if (member === undefined || has(set, [element])) continue
    const inner = below(set, element)
    const type = atom.schemaOf(key)
    kept[key] = isEmpty(inner) || type === undefined ? member : (withoutFields(type.schema, member, inner) ?? null)
  }
  return Object.keys(kept).length > 0 ? kept : undefined
}
