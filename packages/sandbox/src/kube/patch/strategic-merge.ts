import { equalJson, isRecord, type Json } from "../json.ts"
import type { PatchStrategy, Schema } from "../schema/index.ts"
import { doesNotApply, malformed, unforeseen, wrongArgument } from "./failures.ts"
import { goFormat, jsonKind } from "./go-format.ts"
import { inOrder } from "./list-order.ts"
import { withoutNulls } from "./nulls.ts"

const DIRECTIVE = "$patch"
const RETAIN_KEYS = "$retainKeys"
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/"
const SET_ORDER = "$setElementOrder/"

const replaceList: PatchStrategy = { merge: false, retainKeys: false }

/**
 * Applies a strategic merge patch to a built-in kind; `doc` and `patch` stay as they are. Lists with the patch strategy
 * `merge` are joined by their merge key, all others are replaced. Directives: `$patch: replace|delete`, `$retainKeys`,
 * `$deleteFromPrimitiveList/LIST`, `$setElementOrder/LIST`.
 * @throws ApiError 400 or 422 for a patch of the wrong form, 500 where the real server has no better answer.
 */
export function strategicMergePatch(doc: Json, patch: unknown, schema: Schema): Json {
  if (!isRecord(patch)) {
    throw malformed(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`)
  }
  return mergeObject(doc, patch, schema)
}

function mergeObject(original: Json, patch: Json, schema: Schema | undefined): Json {
  if (DIRECTIVE in patch) return wholeObject(patch)
  const merged = retainKeys(original, patch)
  const done = new Set([RETAIN_KEYS])
  for (const key of Object.keys(patch)) {
    if (!key.startsWith(SET_ORDER)) continue
    const list = key.slice(SET_ORDER.length)
    orderedList(merged, list, patch, patch[key], schema)
    done.add(key).add(list)
  }
  for (const [key, value] of Object.entries(patch)) {
    if (done.has(key)) continue
    if (key.startsWith(DELETE_FROM_LIST)) deleteFromList(merged, key.slice(DELETE_FROM_LIST.length), value)
    else mergeField(merged, key, value, schema)
  }
  return merged
}

/** An object with `$patch` is taken whole, or emptied. */
function wholeObject(patch: Json): Json {
  const { [DIRECTIVE]: directive, ...rest } = patch
  if (directive === "replace") return rest
  if (directive === "delete") return {}
  throw unforeseen(`unknown patch type: ${goFormat(directive)} in map: ${goFormat(patch)}`)
}

/** A copy of `original`, without the fields that `$retainKeys` does not list. */
function retainKeys(original: Json, patch: Json): Json {
  if (!(RETAIN_KEYS in patch)) return { ...original }
  const retained = patch[RETAIN_KEYS]
  if (!Array.isArray(retained)) throw malformed("invalid patch format of retainKeys")
  for (const [key, value] of Object.entries(patch)) {
    const directive = key === RETAIN_KEYS || key.startsWith(DELETE_FROM_LIST) || key.startsWith(SET_ORDER)
    if (value !== null && !directive && !retained.includes(key)) throw malformed("invalid patch format of retainKeys")
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => retained.includes(key)))
}

function mergeField(merged: Json, key: string, value: unknown, schema: Schema | undefined): void {
  const current = merged[key]
  if (value === null) delete merged[key]
  else if (isRecord(value) && isRecord(current)) {
    const { field, strategy } = fieldOf(schema, key)
    // Only `replace` keeps an object from being merged; no strategy at all means merge.
    merged[key] = strategy?.merge === false && !strategy.retainKeys ? value : mergeObject(current, value, field)
  } else if (Array.isArray(value) && Array.isArray(current)) {
    const { field, strategy } = fieldOf(schema, key)
    merged[key] = mergeList(current, value, itemsOf(field), strategy ?? replaceList)
  } else {
    const added = withoutDirectives(withoutNulls(value))
    if (added === undefined) delete merged[key]
    else merged[key] = added
  }
}

function deleteFromList(merged: Json, key: string, values: unknown): void {
  const current = merged[key]
  if (values === null) delete merged[key]
  else if (Array.isArray(current) && Array.isArray(values)) {
    merged[key] = current.filter((item) => !values.includes(item))
  }
}

/** Merges the list `key` and brings it into the order that its `$setElementOrder` asks for. */
function orderedList(merged: Json, key: string, patch: Json, order: unknown, schema: Schema | undefined): void {
  if (!Array.isArray(order)) throw wrongArgument("list", order)
  const { field, strategy = replaceList } = fieldOf(schema, key)
  const original = listOrAbsent(merged[key])
  const patched = listOrAbsent(patch[key])
  checkOrder(patched ?? [], order, strategy.mergeKey)
  if (original === undefined && patched === undefined) return
  let items: readonly unknown[]
  if (patched === undefined) items = original ?? []
  else if (original === undefined) items = patched.map(withoutDirectives).filter((item) => item !== undefined)
  else items = mergeList(original, patched, itemsOf(field), strategy)
  merged[key] = inOrder(items, order, original ?? [], strategy.mergeKey)
}

/** Each item of the patch must be in the order list, in the same sequence. */
function checkOrder(patched: readonly unknown[], order: readonly unknown[], mergeKey: string | undefined): void {
  if (order.length === 0) return
  const items = patched.filter((item) => !(isRecord(item) && DIRECTIVE in item))
  let at = 0
  for (const item of items) {
    while (at < order.length && !sameKey(item, order[at], mergeKey)) at += 1
    if (at === order.length) {
      throw unforeseen(
        `The order in patch list:\n${goFormat(patched)}\n doesn't match $setElementOrder list:\n${goFormat(order)}\n`,
      )
    }
    at += 1
  }
}

function mergeList(
  original: readonly unknown[],
  patch: readonly unknown[],
  items: Schema | undefined,
  strategy: PatchStrategy,
): unknown[] {
  if (!strategy.merge) return [...patch]
  if (original.length === 0 && patch.length === 0) return []
  if ([...original, ...patch].some(Array.isArray)) throw doesNotApply()
  const { mergeKey } = strategy
  if (mergeKey === undefined) return inOrder([...new Set([...original, ...patch])], patch, original, undefined)
  const { kept, changes } = applyItemDirectives(original, patch, mergeKey)
  const merged = [...kept]
  for (const change of changes) {
    const at = merged.findIndex((item) => sameKey(item, change, mergeKey))
    const current = merged[at]
    if (at < 0) merged.push(change)
    else merged[at] = mergeObject(isRecord(current) ? current : {}, change, items)
  }
  return inOrder(merged, changes, kept, mergeKey)
}

/** Carries out `$patch: delete` and `$patch: replace` items; returns what they leave of the list and of the patch. */
function applyItemDirectives(
  original: readonly unknown[],
  patch: readonly unknown[],
  mergeKey: string,
): { kept: readonly unknown[]; changes: readonly Json[] } {
  let kept = original
  let replace = false
  const changes: Json[] = []
  for (const item of patch) {
    if (!isRecord(item)) throw wrongArgument("map", item)
    const directive = item[DIRECTIVE]
    if (directive === "replace") replace = true
    else if (directive === undefined || directive === "delete") {
      if (item[mergeKey] === undefined) {
        throw unforeseen(`map: ${goFormat(item)} does not contain declared merge key: ${mergeKey}`)
      }
      if (directive === undefined) changes.push(item)
      else kept = kept.filter((one) => !sameKey(one, item, mergeKey))
    } else if (directive === "merge") throw unforeseen("merging lists cannot yet be specified in the patch")
    else throw unforeseen(`unknown patch type: ${goFormat(directive)} in map: ${goFormat(item)}`)
  }
  return replace ? { kept: changes, changes: [] } : { kept, changes }
}

function sameKey(a: unknown, b: unknown, mergeKey: string | undefined): boolean {
  if (mergeKey === undefined) return equalJson(a, b)
  return isRecord(a) && isRecord(b) && equalJson(a[mergeKey], b[mergeKey])
}

function fieldOf(
  schema: Schema | undefined,
  key: string,
): { readonly field: Schema | undefined; readonly strategy: PatchStrategy | undefined } {
  if (schema?.type === "struct") {
    const field = schema.fields.get(key)
    return { field: field?.schema, strategy: field?.patch }
  }
  return { field: schema?.type === "map" ? schema.values : undefined, strategy: undefined }
}

function itemsOf(schema: Schema | undefined): Schema | undefined {
  return schema?.type === "list" ? schema.items : undefined
}

function listOrAbsent(value: unknown): readonly unknown[] | undefined {
  if (value === undefined) return undefined
  if (!Array.isArray(value)) throw wrongArgument("list", value)
  return value as unknown[]
}

/** Undefined if the value itself is marked with `$patch`: nothing is there to be changed. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined)
  if (!isRecord(value)) return value
  if (DIRECTIVE in value) return undefined
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, member]) => [key, withoutDirectives(member)] as const)
      .filter(([, member]) => member !== undefined),
  )
}
