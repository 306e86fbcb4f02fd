import { ApiError, type KubeObject } from "../client.ts"
import { badRequest, expired } from "../errors.ts"
import { type Snapshot, keyOf } from "../store/index.ts"
import { type Continue, decodeContinue, encodeContinue } from "./continue.ts"
import type { Machinery, Target } from "./machinery.ts"
import { parseRevision, tooLarge } from "./revision.ts"
import { selectionOf, type Selectors } from "./selection.ts"
import { fromStorage } from "./stored.ts"

export interface ListQuery extends Selectors {
  readonly resourceVersion?: string
  readonly resourceVersionMatch?: "NotOlderThan" | "Exact"
  /** 0: no limit. */
  readonly limit?: number
  readonly continue?: string
}

/** The `metadata` and items of a list. */
export interface Listed {
  readonly metadata: {
    readonly resourceVersion: string
    readonly continue?: string
    readonly remainingItemCount?: number
  }
  readonly items: readonly KubeObject[]
}

/**
 * The objects in the order of their keys. Pages of one list all show the state at the first page; when that is
 * forgotten the next page is refused with 410 and a token that goes on with the present state.
 */
export function list(machinery: Machinery, target: Target, query: ListQuery): Listed {
  const selection = selectionOf(target, query)
  const from = query.continue === undefined || query.continue === "" ? undefined : decodeContinue(query.continue)
  const revision = revisionFor(machinery, query, from)
  const objects = objectsAt(machinery, target, revision, from)
  const limit = query.limit ?? 0
  const items: KubeObject[] = []
  let last = ""
  let remaining = 0
  for (const [key, object] of objects) {
    if (from !== undefined && key <= from.after) continue
    const converted = fromStorage(machinery.model, target.resource, object)
    if (!selection(converted)) continue
    if (limit > 0 && items.length === limit) remaining += 1
    else {
      items.push(converted)
      last = key
    }
  }
  const selective = (query.labelSelector ?? "") !== "" || (query.fieldSelector ?? "") !== ""
  return {
    metadata: {
      resourceVersion: String(revision),
      ...(remaining === 0 ? {} : { continue: encodeContinue({ revision, after: last }) }),
      ...(remaining === 0 || selective ? {} : { remainingItemCount: remaining }),
    },
    items,
  }
}

/** The revision that the answer shows. */
function revisionFor(machinery: Machinery, query: ListQuery, from: Continue | undefined): number {
  const present = machinery.store.revision
  const asked = parseRevision(query.resourceVersion, (why) => badRequest(`invalid resource version: ${why}`))
  if (from !== undefined) {
    if (asked !== undefined && asked !== 0)
      throw badRequest("specifying resource version is not allowed when using continue")
    return from.revision === "present" ? present : from.revision
  }
  if (asked !== undefined && asked > present) throw tooLarge(asked, present)
  return query.resourceVersionMatch === "Exact" && asked !== undefined ? asked : present
}

function objectsAt(
  machinery: Machinery,
  target: Target,
  revision: number,
  from: Continue | undefined,
): Iterable<readonly [string, KubeObject]> {
  const collection = machinery.store.collection(target.resource.storage)
  if (revision === machinery.store.revision) return keyed(collection.list())
  const snapshot = collection.at(revision)
  if (snapshot !== undefined) return sorted(snapshot)
  if (from === undefined) throw expired(`The resourceVersion for the provided list is too old.`)
  throw new ApiError(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without " +
      "the continue parameter, or use the continue token in this response to retrieve the remainder of the results. " +
      "Continuing with the provided token results in an inconsistent list - objects that were created, modified, or " +
      "deleted between the time the first chunk was returned and now may show up in the list.",
    { metadata: { continue: encodeContinue({ revision: "present", after: from.after }) } },
  )
}

function* keyed(objects: readonly KubeObject[]): Iterable<readonly [string, KubeObject]> {
  for (const object of objects) yield [keyOf(object.metadata.namespace, object.metadata.name ?? ""), object]
}

function sorted(snapshot: Snapshot): Iterable<readonly [string, KubeObject]> {
  return [...snapshot].sort(([a], [b]) => (a < b ? -1 : 1))
}
