import {
  describeObjectId,
  massPruneAnnotation,
  massPruneRefusal,
  pruneVerdict,
  waveOf,
  waves,
  parseObjectId,
  type ObjectId,
} from "@serin/core"
import type { SerinError } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { CrashPoint } from "../runtime/index.ts"
import type { InventoryEntry, RepositoryObject } from "../source/index.ts"
import { mapBounded } from "./bounded.ts"
import { kindOf } from "./watches.ts"

export interface PruneParts {
  readonly client: KubeClient
  readonly repository: RepositoryObject
  readonly owner: string
  readonly claimedBy: (id: ObjectId) => readonly string[]
  readonly at: CrashPoint
}

export interface Pruned {
  readonly removed: readonly ObjectId[]
  /** Entries that stay in the inventory. */
  readonly kept: readonly InventoryEntry[]
  /** What a person should know: why something stays. */
  readonly notes: readonly string[]
  /** Why nothing at all was removed. */
  readonly refusal?: string
  readonly errors: readonly SerinError[]
}

/** Removes what left Git, routes first and namespaces last, each object only after a look at it as it is now. */
export async function prune(
  candidates: readonly InventoryEntry[],
  inventorySize: number,
  parts: PruneParts,
): Promise<Pruned> {
  const { repository } = parts
  if (candidates.length === 0) return nothing
  if (repository.spec.prune === false) {
    return {
      ...nothing,
      kept: candidates,
      notes: [`${candidates.length} objects are no longer in Git and stay, since spec.prune is false`],
    }
  }
  const allowed = repository.metadata.annotations?.[massPruneAnnotation] === "true"
  const refusal = massPruneRefusal(candidates.length, inventorySize, allowed)
  if (refusal) return { ...nothing, kept: candidates, refusal }
  const results: One[] = []
  for (const wave of waves.toReversed()) {
    const members = candidates.filter(({ id }) => waveOf(id) === wave)
    results.push(...(await mapBounded(members, (entry) => pruneOne(entry, parts))))
  }
  return {
    removed: results.flatMap((one) => (one.kind === "removed" ? [one.id] : [])),
    kept: results.flatMap((one) => (one.kind === "kept" || one.kind === "failed" ? [one.entry] : [])),
    notes: results.flatMap((one) => (one.kind === "kept" ? [one.reason] : [])),
    errors: results.flatMap((one) => (one.kind === "failed" ? [one.error] : [])),
  }
}

const nothing: Pruned = { removed: [], kept: [], notes: [], errors: [] }

type One =
  | { readonly kind: "removed" | "forgotten"; readonly id: ObjectId }
  | { readonly kind: "kept"; readonly entry: InventoryEntry; readonly reason: string }
  | { readonly kind: "failed"; readonly entry: InventoryEntry; readonly error: SerinError }

async function pruneOne(entry: InventoryEntry, { client, owner, claimedBy, at }: PruneParts): Promise<One> {
  const { id } = entry
  const { name, namespace } = parseObjectId(id)
  const ref = { ...kindOf(id, entry.version), name, ...(namespace === "" ? {} : { namespace }) }
  const got = await client.get<KubeObject>(ref)
  const gone = !got.ok && ["KUBE_NOT_FOUND", "KUBE_UNKNOWN_KIND"].includes(got.error.code)
  if (!got.ok && !gone) return { kind: "failed", entry, error: got.error }
  const live = got.ok ? got.value : undefined
  const verdict = pruneVerdict({ id, live, owner, claimedBy: claimedBy(id) })
  if (verdict.kind === "forget") return { kind: "forgotten", id }
  if (verdict.kind === "keep") return { kind: "kept", entry, reason: verdict.reason }
  const uid = live?.metadata.uid
  await at(`prune:before ${id}`)
  const deleted = await client.delete(ref, {
    propagationPolicy: "Background",
    ...(uid === undefined ? {} : { preconditions: { uid } }),
  })
  await at(`prune:after ${id}`)
  if (deleted.ok || deleted.error.code === "KUBE_NOT_FOUND") return { kind: "removed", id }
  return { kind: "failed", entry, error: deleted.error }
}

export function describeIds(ids: readonly ObjectId[]): string {
  const names = ids.map(describeObjectId)
  return names.length <= 3 ? names.join(", ") : `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`
}
