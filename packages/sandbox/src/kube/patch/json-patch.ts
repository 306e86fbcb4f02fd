import { copyJson, equalJson, isRecord, type Json } from "../json.ts"
import { doesNotApply, malformed } from "./failures.ts"
import { jsonKind } from "./go-format.ts"

type Container = Json | unknown[]

/**
 * Applies a JSON patch (RFC 6902) to a copy of `doc`. Like the real server it is more generous than the RFC in two
 * points: `replace` may add a missing object member, and negative list indices count from the end.
 * @throws ApiError 400 if `operations` is not a list of objects, 422 if an operation or a test fails.
 */
export function jsonPatch(doc: Json, operations: unknown): unknown {
  if (!Array.isArray(operations)) {
    throw malformed(
      `error decoding patch: json: cannot unmarshal ${jsonKind(operations)} into Go value of type []handlers.jsonPatchOp`,
    )
  }
  let root: unknown = copyJson(doc)
  for (const operation of operations as unknown[]) {
    if (!isRecord(operation)) {
      throw malformed(
        `error decoding patch: json: cannot unmarshal ${jsonKind(operation)} into Go value of type handlers.jsonPatchOp`,
      )
    }
    root = applyOperation(root, operation)
  }
  return root
}

function applyOperation(root: unknown, operation: Json): unknown {
  const { op, path, from, value } = operation
  if (typeof path !== "string") throw doesNotApply()
  switch (op) {
    case "add":
      add(find(root, path), copyJson(value))
      return root
    case "remove":
      remove(find(root, path))
      return root
    case "replace":
      if (path === "") {
        if (typeof value !== "object" || value === null) throw doesNotApply()
        return copyJson(value)
      }
      replace(find(root, path), copyJson(value))
      return root
    case "test":
      test(path === "" ? root : get(find(root, path)), value)
      return root
    case "copy": {
      if (typeof from !== "string") throw doesNotApply()
      add(find(root, path), copyJson(get(find(root, from)) ?? null))
      return root
    }
    case "move": {
      if (typeof from !== "string") throw doesNotApply()
      const source = find(root, from)
      const moved = get(source)
      remove(source)
      add(find(root, path), moved ?? null)
      return root
    }
    default:
      throw doesNotApply()
  }
}

interface Place {
  readonly container: Container
  readonly key: string
}

/** The container that holds (or would hold) the value at a JSON pointer (RFC 6901). */
function find(root: unknown, path: string): Place {
  const parts = path.split("/").slice(1).map(unescape)
  const key = parts.pop()
  if (key === undefined) throw doesNotApply()
  let container = containerOf(root)
  for (const part of parts) container = containerOf(get({ container, key: part }))
  return { container, key }
}

function unescape(part: string): string {
  return part.replaceAll("~1", "/").replaceAll("~0", "~")
}

function containerOf(value: unknown): Container {
  if (Array.isArray(value)) return value as unknown[]
  if (isRecord(value)) return value
  throw doesNotApply()
}

function get({ container, key }: Place): unknown {
  if (!Array.isArray(container)) return Object.hasOwn(container, key) ? container[key] : undefined
  return container[existingIndex(container, key)]
}

function add({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) setMember(container, key, value ?? null)
  else if (key === "-") container.push(value ?? null)
  else container.splice(indexIn(key, container.length + 1), 0, value ?? null)
}

function remove({ container, key }: Place): void {
  if (Array.isArray(container)) container.splice(existingIndex(container, key), 1)
  else if (Object.hasOwn(container, key)) delete container[key]
  else throw doesNotApply()
}

function replace({ container, key }: Place, value: unknown): void {
  if (Array.isArray(container)) container[existingIndex(container, key)] = value ?? null
  else setMember(container, key, value ?? null)
}

function test(actual: unknown, expected: unknown): void {
  if (!equalJson(actual ?? null, expected ?? null)) throw doesNotApply()
}

/** Not by assignment: a member may be called `__proto__`. */
function setMember(object: Json, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true })
}

function existingIndex(list: readonly unknown[], key: string): number {
  return indexIn(key, list.length)
}

/** The index that `key` names among `size` places; negative ones count from the end. */
function indexIn(key: string, size: number): number {
  if (!/^[+-]?\d+$/.test(key)) throw doesNotApply()
  const index = Number(key) < 0 ? Number(key) + size : Number(key)
  if (index < 0 || index >= size) throw doesNotApply()
  return index
}
