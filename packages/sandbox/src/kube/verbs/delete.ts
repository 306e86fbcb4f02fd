import type { KubeObject } from "../client.ts"
import { conflict } from "../errors.ts"
import { listAt, withValue } from "../json.ts"
import { rulesFor } from "../kinds/index.ts"
import { keyOf } from "../store/index.ts"
import { type Machinery, type Target, timestamp } from "./machinery.ts"
import { get, toStorage } from "./stored.ts"

export type Propagation = "Background" | "Foreground" | "Orphan"

export interface DeleteOptions {
  readonly dryRun: boolean
  readonly gracePeriodSeconds?: number
  readonly propagationPolicy?: Propagation
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface Deleted {
  /** The last state, or the one in which the object waits for its finalizers or the end of its grace period. */
  readonly object: KubeObject
  readonly gone: boolean
}

export function remove(machinery: Machinery, target: Target, options: DeleteOptions): Deleted {
  const old = get(machinery, target)
  checkPreconditions(target, old, options)
  machinery.admission.admitDelete(target)
  const rules = rulesFor(target.resource)
  const policy = options.propagationPolicy ?? implied(old, rules.defaultPropagation)
  const finalizers = [...new Set([...finalizersFor(old, policy), ...rules.deletionFinalizers])]
  const grace = rules.gracePeriod(old, options.gracePeriodSeconds) ?? 0
  const waits =
    finalizers.length > 0 || grace > 0 || (old.kind === "Namespace" && listAt(old, "spec", "finalizers").length > 0)
  const collection = machinery.store.collection(target.resource.storage)
  const key = keyOf(target.namespace, target.name)
  if (!waits) {
    // What can be deleted gracefully is marked even when it goes at once: watchers see both.
    const marked = rules.gracePeriod(old, 0) === undefined ? old : beingDeleted(machinery, old, finalizers, 0)
    if (options.dryRun) return { object: marked, gone: true }
    if (marked !== old) collection.put(key, toStorage(machinery.model, target.resource, marked))
    return { object: collection.remove(key) ?? marked, gone: true }
  }
  const waiting = beingDeleted(machinery, old, finalizers, grace)
  if (waiting === old || options.dryRun) return { object: waiting, gone: false }
  const stored = collection.put(key, toStorage(machinery.model, target.resource, waiting))
  return { object: stored, gone: false }
}

function checkPreconditions({ resource, name }: Target, old: KubeObject, { preconditions }: DeleteOptions): void {
  const { uid, resourceVersion } = preconditions ?? {}
  if (uid !== undefined && uid !== old.metadata.uid)
    throw conflict(
      { group: resource.group, resource: resource.kind },
      name,
      `the UID in the precondition (${uid}) does not match the UID in record (${old.metadata.uid ?? ""}). The object might have been deleted and then recreated`,
    )
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
    throw conflict(
      { group: resource.group, resource: resource.kind },
      name,
      `the ResourceVersion in the precondition (${resourceVersion}) does not match the ResourceVersion in record (${old.metadata.resourceVersion ?? ""}). The object might have been modified`,
    )
}

const ORPHAN = "orphan"
const FOREGROUND = "foregroundDeletion"

/** An object that already carries one of the garbage collector's finalizers says by it how it wants to go. */
function implied(object: KubeObject, preset: Propagation): Propagation {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(ORPHAN)) return "Orphan"
  return finalizers.includes(FOREGROUND) ? "Foreground" : preset
}

/** The garbage collector takes its finalizers away when the dependents are seen to. */
function finalizersFor(object: KubeObject, policy: Propagation): readonly string[] {
  const others = (object.metadata.finalizers ?? []).filter((name) => name !== ORPHAN && name !== FOREGROUND)
  if (policy === "Orphan") return [...others, ORPHAN]
  return policy === "Foreground" ? [...others, FOREGROUND] : others
}

/** A second deletion can only shorten the grace period. */
function beingDeleted(machinery: Machinery, old: KubeObject, finalizers: readonly string[], grace: number): KubeObject {
  const { deletionTimestamp, deletionGracePeriodSeconds, generation } = old.metadata
  const first = deletionTimestamp === undefined
  const shorter = !first && grace < (deletionGracePeriodSeconds ?? 0)
  const sameFinalizers = finalizers.join() === (old.metadata.finalizers ?? []).join()
  if (!first && !shorter && sameFinalizers) return old
  const { finalizers: _, ...metadata } = old.metadata
  const start = machinery.clock().getTime()
  const left = first ? start + grace * 1_000 : shortened(deletionTimestamp, deletionGracePeriodSeconds ?? 0, grace)
  // A shorter period may have passed already; the one who ends the object still gets a moment.
  const at = timestamp(new Date(Math.max(left, start)))
  const seconds = !first && left < start && grace > 0 ? 1 : grace
  const marked: KubeObject = {
    ...old,
    metadata: {
      ...metadata,
      ...(finalizers.length === 0 ? {} : { finalizers: [...finalizers] }),
      ...(first || shorter ? { deletionTimestamp: at } : {}),
      // Namespaces do not go by time but when they are empty.
      ...((first || shorter) && old.kind !== "Namespace" ? { deletionGracePeriodSeconds: seconds } : {}),
      ...(first && generation !== undefined ? { generation: generation + 1 } : {}),
    },
  }
  return old.kind === "Namespace" ? withValue(marked, ["status", "phase"], "Terminating") : marked
}

/** The end of a period that began when the longer one did. */
function shortened(end: string, longer: number, shorter: number): number {
  return Date.parse(end) + (shorter - longer) * 1_000
}
