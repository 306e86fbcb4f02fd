import { isRecord, type Json } from "../json.ts"
import type { Schema } from "../schema/index.ts"
import { compareElements, fieldElement, parseElement, type Path, type PathElement } from "./path-element.ts"

/**
 * A set of field paths as a tree, immutable: FieldsV1 of managedFields. A node may be a member itself, have members
 * below, or both. A node that is neither does not exist.
 */
export type FieldSet = ReadonlyMap<PathElement, FieldNode>

interface FieldNode {
  readonly member: boolean
  readonly children: FieldSet
}

export const emptySet: FieldSet = new Map()

/** Collects paths; use the other functions on the result. The empty path names the whole object and is ignored. */
export class FieldSetBuilder {
  readonly #root: BuilderNode = { member: false, children: new Map() }

  add(path: Path): void {
    let node = this.#root
    for (const element of path) {
      let next = node.children.get(element)
      if (next === undefined) {
        next = { member: false, children: new Map() }
        node.children.set(element, next)
      }
      node = next
    }
    node.member = true
  }

  set(): FieldSet {
    return this.#root.children
  }
}

interface BuilderNode {
  member: boolean
  readonly children: Map<PathElement, BuilderNode>
}

export function setOf(...paths: readonly Path[]): FieldSet {
  const builder = new FieldSetBuilder()
  for (const path of paths) builder.add(path)
  return builder.set()
}

export function isEmpty(set: FieldSet): boolean {
  return set.size === 0
}

export function has(set: FieldSet, path: Path): boolean {
  let node: FieldNode | undefined
  let children = set
  for (const element of path) {
    node = children.get(element)
    if (node === undefined) return false
    children = node.children
  }
  return node?.member === true
}

/** The paths below `element`, without it. */
export function below(set: FieldSet, element: PathElement): FieldSet {
  return set.get(element)?.children ?? emptySet
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  const result = new Map(a)
  for (const [element, node] of b) {
    const other = a.get(element)
    result.set(
      element,
      other === undefined
        ? node
        : { member: other.member || node.member, children: union(other.children, node.children) },
    )
  }
  return result
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return undefined
    return { member: node.member && other.member, children: intersection(node.children, other.children) }
  })
}

/** Members of `a` that are not members of `b`; a parent and its children are members independently. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return node
    return { member: node.member && !other.member, children: difference(node.children, other.children) }
  })
}

/** Like `difference`, but a member of `b` also takes everything below it away. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  return combine(a, (element, node) => {
    const other = b.get(element)
    if (other === undefined) return node
    if (other.member) return undefined
    return { member: node.member, children: recursiveDifference(node.children, other.children) }
  })
}

function combine(set: FieldSet, change: (element: PathElement, node: FieldNode) => FieldNode | undefined): FieldSet {
  const result = new Map<PathElement, FieldNode>()
  for (const [element, node] of set) {
    const changed = change(element, node)
    if (changed !== undefined && (changed.member || changed.children.size > 0)) result.set(element, changed)
  }
  return result
}

/** All paths: the members of a level before what is below them, each in order. */
export function paths(set: FieldSet, prefix: Path = []): Path[] {
  const sorted = [...set].sort(([a], [b]) => compareElements(a, b))
  return [
    ...sorted.filter(([, node]) => node.member).map(([element]) => [...prefix, element]),
    ...sorted.flatMap(([element, node]) => paths(node.children, [...prefix, element])),
  ]
}

/**
 * Declared fields above a member become members too. Removing an object's fields then removes the object, unless it is
 * a map, whose keys live on their own.
 */
export function withNamedFields(set: FieldSet, schema: Schema | undefined): FieldSet {
  const result = new Map<PathElement, FieldNode>()
  for (const [element, node] of set) {
    const inner = elementSchema(schema, element)
    const declared = schema?.type === "struct" && element.startsWith("f:") && schema.fields.has(element.slice(2))
    result.set(element, {
      member: node.member || (declared && node.children.size > 0),
      children: withNamedFields(node.children, inner),
    })
  }
  return result
}

function elementSchema(schema: Schema | undefined, element: PathElement): Schema | undefined {
  switch (schema?.type) {
    case "struct":
      return schema.fields.get(element.slice(2))?.schema ?? schema.rest
    case "map":
      return schema.values
    case "list":
      return schema.items
    default:
      return schema
  }
}

/** @throws SyntaxError if it is not a FieldsV1 object. */
export function parseFields(fields: unknown): FieldSet {
  if (!isRecord(fields)) throw new SyntaxError("fieldsV1 is not an object")
  return parseLevel(fields).children
}

function parseLevel(fields: Json): FieldNode {
  const children = new Map<PathElement, FieldNode>()
  let member = Object.keys(fields).length === 0
  for (const [text, value] of Object.entries(fields)) {
    if (text === ".") {
      member = true
      continue
    }
    const element = parseElement(text)
    if (element === undefined) continue
    if (!isRecord(value)) throw new SyntaxError(`fieldsV1 has no object at ${text}`)
    children.set(element, parseLevel(value))
  }
  return { member, children }
}

/** The set as FieldsV1, in the order of the real server. */
export function printFields(set: FieldSet): Json {
  const fields: Json = {}
  for (const [element, node] of [...set].sort(([a], [b]) => compareElements(a, b))) {
    const below = printFields(node.children)
    fields[element] = node.member && node.children.size > 0 ? { ".": {}, ...below } : below
  }
  return fields
}

/** A set of plain field paths: `["metadata", "labels"]`. */
export function fieldPaths(...names: readonly (readonly string[])[]): FieldSet {
  return setOf(...names.map((path) => path.map(fieldElement)))
}
