import {
  appliedState,
  describeObjectId,
  hashJson,
  ownerAnnotation,
  recreateAnnotation,
  takeOver,
  type DesiredObject,
  type Manifest,
  type ObjectId,
} from "@serin/core"
import { SerinError, type Result } from "../errors.ts"
import { fieldManager, KubeFailure, type KubeClient, type KubeObject, type ObjectRef } from "../kube/index.ts"
import { pause, type Clock, type CrashPoint } from "../runtime/index.ts"
import { isImmutable } from "./check.ts"
import { safeMessage } from "./secrets.ts"
import type { Tracked } from "./state.ts"

export interface ApplyParts {
  readonly client: KubeClient
  readonly clock: Clock
  readonly at: CrashPoint
  /** Key of the Repository. */
  readonly owner: string
  /** Other Repositories whose inventory holds an object. */
  readonly claimedBy: (id: ObjectId) => readonly string[]
  readonly signal: AbortSignal
}

export interface AppliedObject {
  readonly tracked: Tracked
  readonly change: "created" | "changed" | "same"
}

const removalLimitMs = 5_000

/**
 * Applies one object. `live` is the object as it is now, as well as we know; give its resource version in
 * `onlyAt` where an apply must not go on top of something unseen.
 */
export async function applyObject(
  desired: DesiredObject,
  live: (Manifest & KubeObject) | undefined,
  parts: ApplyParts,
  onlyAt?: string,
): Promise<Result<AppliedObject>> {
  const stranger = strangerTo(desired, live, parts)
  if (stranger) return { ok: false, error: stranger }
  const name = describeObjectId(desired.id)
  await parts.at(`apply:before ${desired.id}`)
  const applied = await apply(desired, live, parts, onlyAt)
  await parts.at(`apply:after ${desired.id}`)
  if (applied.ok) return { ok: true, value: outcome(desired, live, applied.value) }
  const { error } = applied
  const message = `${name}: ${safeMessage(desired, error.message)}`
  const next = isImmutable(error)
    ? 'Annotate the object with serin.dev/recreate: "true" to have it removed and made anew.'
    : error.next
  return { ok: false, error: new SerinError(error.code, message, { cause: error, next, retry: error.retry }) }
}

async function apply(
  desired: DesiredObject,
  live: (Manifest & KubeObject) | undefined,
  { client, clock, signal }: ApplyParts,
  onlyAt: string | undefined,
): Promise<Result<Manifest & KubeObject, KubeFailure>> {
  let version = onlyAt
  const fields = live && takeOver(live.metadata.managedFields ?? [], fieldManager, desired.leftToOthers)
  if (live && fields) {
    const taken = await client.patch<Manifest & KubeObject>(refOf(live), "json", [
      { op: "replace", path: "/metadata/managedFields", value: fields },
      // Refused when someone wrote in between: then the fields above are old.
      { op: "replace", path: "/metadata/resourceVersion", value: live.metadata.resourceVersion },
    ])
    if (!taken.ok) return taken
    if (onlyAt !== undefined) version = taken.value.metadata.resourceVersion
  }
  const object = version === undefined ? desired.object : at(desired.object, version)
  const applied = await client.apply<Manifest & KubeObject>(object, { fieldValidation: "Strict" })
  if (applied.ok || !isImmutable(applied.error)) return applied
  if (desired.object.metadata.annotations?.[recreateAnnotation] !== "true") return applied
  const removed = await removeWholly(client, refOf(desired.object), clock, signal)
  return removed.ok ? client.apply<Manifest & KubeObject>(desired.object, { fieldValidation: "Strict" }) : removed
}

async function removeWholly(
  client: KubeClient,
  ref: ObjectRef,
  clock: Clock,
  signal: AbortSignal,
): Promise<Result<void, KubeFailure>> {
  const deleted = await client.delete(ref, { propagationPolicy: "Background" })
  if (!deleted.ok && deleted.error.code !== "KUBE_NOT_FOUND") return deleted
  const deadline = clock.now() + removalLimitMs
  while (clock.now() < deadline && !signal.aborted) {
    const got = await client.get(ref)
    if (!got.ok) return got.error.code === "KUBE_NOT_FOUND" ? { ok: true, value: undefined } : got
    await pause(clock, 200, signal)
  }
  const message = "it was removed to be made anew, and is still there; a finalizer may hold it"
  return { ok: false, error: new KubeFailure("KUBE_CONFLICT", message, { retry: "backoff" }) }
}

/** Two Repositories never fight over an object: the second waits until the first no longer states it. */
function strangerTo({ id }: DesiredObject, live: KubeObject | undefined, parts: ApplyParts): SerinError | undefined {
  const other = live?.metadata.annotations?.[ownerAnnotation]
  if (other === undefined || other === parts.owner || !parts.claimedBy(id).includes(other)) return undefined
  return new SerinError("SYNC_OWNED", `${describeObjectId(id)} belongs to Repository ${other}`)
}

function outcome(desired: DesiredObject, live: KubeObject | undefined, answer: Manifest & KubeObject): AppliedObject {
  const applied = appliedState(answer, fieldManager)
  const resourceVersion = answer.metadata.resourceVersion ?? "0"
  const tracked = { hash: desired.hash, applied, live: hashJson(applied.view), resourceVersion }
  if (!live) return { tracked, change: "created" }
  // It was removed since it was last seen; or by us, to be made anew as its annotation asks.
  if (live.metadata.uid !== answer.metadata.uid && desired.object.metadata.annotations?.[recreateAnnotation] !== "true")
    return { tracked, change: "created" }
  return { tracked, change: live.metadata.resourceVersion === resourceVersion ? "same" : "changed" }
}

function at(object: Manifest, resourceVersion: string): Manifest {
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}

export function refOf({ apiVersion, kind, metadata: { name, namespace } }: KubeObject): ObjectRef {
  return { apiVersion, kind, name, ...(namespace === undefined ? {} : { namespace }) }
}
