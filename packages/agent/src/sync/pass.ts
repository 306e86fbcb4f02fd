import {
  byWave,
  describeObjectId,
  parseObjectId,
  type DesiredObject,
  type Drift,
  type Manifest,
  type ObjectId,
} from "@serin/core"
import { SerinError, type Result } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import { applyObject, refOf, type ApplyParts } from "./apply.ts"
import { mapBounded } from "./bounded.ts"
import { decideObject, describeDrift, removed, type ObjectDecision } from "./decide-object.ts"
import { notReadyFor } from "./readiness.ts"
import type { SyncState, Target } from "./state.ts"
import type { Watched } from "./watches.ts"

export interface PassParts extends ApplyParts {
  /** The agent's own rights, for looking at pods. */
  readonly kube: KubeClient
  readonly state: SyncState
  /**
   * The objects of the revision that is applied, as Git states them: of the last good one while the head is refused, so that a
   * rollback behind someone's broken file holds.
   */
  readonly manifests: readonly Manifest[]
  /** Whether something newer waits, so that this pass is no longer worth going on with. */
  readonly isOutdated: () => boolean
}

/** An object with something to do about it. */
export interface Work {
  readonly desired: DesiredObject
  readonly decision: Extract<ObjectDecision, { kind: "apply" | "correct" }>
}

export interface Planned {
  readonly work: readonly Work[]
  /** Milliseconds until a drift that is left alone for now is looked at again. */
  readonly waitMs: number | undefined
}

/** Looks at every object of a target and says what there is to do. Adopts what the inventory shows to be as it should. */
export function plan(target: Target, { state, clock, manifests }: PassParts): Planned {
  const work: Work[] = []
  let waitMs: number | undefined
  const entries = new Map(state.inventory.map((entry) => [entry.id, entry]))
  for (const desired of target.objects) {
    const watched = watchedOf(desired)
    const tracked = state.tracked.get(desired.id)
    const current = tracked === undefined || state.watches.isAsNewAs(watched, tracked.resourceVersion)
    const live = { ...state.watches.live(watched), current }
    const decision = decideObject({ desired, tracked, entry: entries.get(desired.id), live, manifests })
    if (decision.kind === "keep" && decision.adopt) state.tracked.set(desired.id, decision.adopt)
    if (decision.kind === "protected") {
      state.held.set(desired.id, {
        kind: "protected",
        reason: "its weights are held back by a protection until Git changes",
      })
    } else if (decision.kind === "keep" || decision.kind === "disabled") {
      state.held.delete(desired.id)
    }
    if (decision.kind === "correct") {
      const wait = state.drifts.waitMs(desired.id, decision.drift, clock.now())
      if (wait > 0) {
        waitMs = Math.min(wait, waitMs ?? wait)
        state.held.set(desired.id, {
          kind: "contested",
          reason: `${describeDrift(decision.drift)} again and again`,
        })
        continue
      }
    }
    if (decision.kind === "apply" || decision.kind === "correct") work.push({ desired, decision })
  }
  return { work, waitMs }
}

export interface Applied {
  readonly created: ObjectId[]
  readonly changed: ObjectId[]
  readonly corrected: { readonly id: ObjectId; readonly drift: Drift }[]
  readonly failures: Map<ObjectId, SerinError>
  /** Something newer came in between: nothing after it was done. */
  outdated: boolean
}

/** Applies work wave by wave. What fails or has to wait is in `state.held`; the rest goes on. */
export async function applyWaves(work: readonly Work[], parts: PassParts): Promise<Applied> {
  const done: Applied = { created: [], changed: [], corrected: [], failures: new Map(), outdated: false }
  // What was there before, by the inventory of an earlier process.
  const made = new Set(parts.state.inventory.flatMap(({ id, live }) => (live === undefined ? [] : [id])))
  const waves = byWave(work.map((one) => ({ ...one, id: one.desired.id })))
  for (const wave of waves) {
    if (wave.length === 0) continue
    if (parts.isOutdated() || parts.signal.aborted) {
      done.outdated = true
      return done
    }
    await mapBounded(wave, (one) => applyOne(one, parts, made, done))
  }
  return done
}

async function applyOne(
  { desired, decision }: Work,
  parts: PassParts,
  made: ReadonlySet<ObjectId>,
  done: Applied,
): Promise<void> {
  const { state } = parts
  const { id } = desired
  const route = desired.object.kind === "VirtualService"
  const live = await liveOf(desired, parts, route)
  if (!live.ok) {
    state.held.set(id, { kind: "failed", reason: live.error.message })
    return
  }
  if (route) {
    const reason = await whyNotYet(desired, live.value, parts)
    if (reason) {
      state.held.set(id, reason)
      return
    }
  }
  const version = route ? live.value?.metadata.resourceVersion : undefined
  const applied = await applyObject(desired, live.value, parts, version)
  if (!applied.ok) {
    state.held.set(id, { kind: "failed", reason: `${applied.error.message}. ${applied.error.next}` })
    done.failures.set(id, applied.error)
    return
  }
  state.held.delete(id)
  const wasThere = state.tracked.has(id) || made.has(id)
  state.tracked.set(id, applied.value.tracked)
  // Whatever the work was begun for, somebody had removed what we made before: that is what there is to tell.
  if (wasThere && applied.value.change === "created") done.corrected.push({ id, drift: removed })
  else if (decision.kind === "correct") done.corrected.push({ id, drift: decision.drift })
  else if (applied.value.change === "created") done.created.push(id)
  else if (applied.value.change === "changed") done.changed.push(id)
}

/** Routes are the one thing that a rollback writes beside us: what it did must be seen before we write, not after. */
async function whyNotYet(desired: DesiredObject, live: (Manifest & KubeObject) | undefined, parts: PassParts) {
  const { manifests, kube } = parts
  const view = { known: true, current: true, ...(live ? { object: live } : {}) }
  const now = decideObject({ desired, tracked: undefined, entry: undefined, live: view, manifests })
  if (now.kind === "protected") {
    return { kind: "protected", reason: "its weights are held back by a protection until Git changes" } as const
  }
  const reason = await notReadyFor(desired.object, live, kube)
  return reason === undefined
    ? undefined
    : ({ kind: "waiting", reason: `${describeObjectId(desired.id)}: ${reason}` } as const)
}

/** As a watch shows it, or asked for: where it matters, and where no watch is. */
async function liveOf(
  desired: DesiredObject,
  { client, state }: PassParts,
  fresh: boolean,
): Promise<Result<(Manifest & KubeObject) | undefined>> {
  const seen = state.watches.live(watchedOf(desired))
  if (seen.known && !fresh) return { ok: true, value: seen.object }
  const got = await client.get<Manifest & KubeObject>(refOf(desired.object))
  if (got.ok) return { ok: true, value: got.value }
  const absent = got.error.code === "KUBE_NOT_FOUND" || got.error.code === "KUBE_UNKNOWN_KIND"
  if (absent) return { ok: true, value: undefined }
  return { ok: false, error: new SerinError(got.error.code, `${describeObjectId(desired.id)}: ${got.error.message}`) }
}

export function watchedOf({ id, object }: Pick<DesiredObject, "id" | "object">): Watched {
  const slash = object.apiVersion.indexOf("/")
  return { id, version: parseObjectId(id).group === "" ? object.apiVersion : object.apiVersion.slice(slash + 1) }
}
