import {
  describeObjectId,
  formatObjectId,
  ownerAnnotation,
  takeOver,
  type DesiredObject,
  type ManifestProblem,
  type ObjectId,
} from "@serin/core"
import { SerinError } from "../errors.ts"
import { fieldManager, KubeFailure } from "../kube/index.ts"
import type { RepositoryObject } from "../source/index.ts"
import { checkObjects, verdictOf, type Verdict } from "./check.ts"
import { watchedOf, type Applied, type PassParts, type Work } from "./pass.ts"
import { safeMessage } from "./secrets.ts"
import type { SyncState, Target } from "./state.ts"

export type Tried =
  | {
      /** What may be applied now; where it is not all, the rest can only be tried after that, and the revision is not good yet. */
      readonly ready: readonly Work[]
      /** Applying this one says whether the revision is good: `judgeApplied`. */
      readonly untried: DesiredObject | undefined
    }
  | Refused
  /** The API could not be asked. */
  | SerinError

interface Refused {
  readonly problems: readonly ManifestProblem[]
}

/** Whether a revision as a whole is good, by a dry run of all that it changes. */
export async function tryRevision(
  target: Target,
  work: readonly Work[],
  parts: PassParts,
  { metadata: { namespace } }: RepositoryObject,
): Promise<Tried> {
  const { state, client } = parts
  if (state.checked?.commit !== target.commit) state.checked = { commit: target.commit, hashes: new Set() }
  const { hashes } = state.checked
  const fresh = work.filter(({ decision, desired }) => decision.kind === "apply" && !hashes.has(desired.hash))
  const untried = fresh.length === 1 ? soleChange(work, parts) : undefined
  if (untried !== undefined) return { ready: work, untried }
  const verdicts = await checkObjects(
    fresh.map(({ desired }) => desired),
    { client, namespace, isAbsent: (name) => isAbsent(name, state) },
  )
  const wrong = judge(verdicts, target, state)
  if (wrong) return wrong
  // Until every object could be tried, only what makes that possible is applied.
  const later = verdicts.some(({ kind }) => kind === "later")
  return { ready: later ? work.filter(({ desired }) => isDefinition(desired.id)) : work, untried }
}

/** What came of applying an object that was not tried; undefined when all is well, or when that cannot be said yet. */
export function judgeApplied(
  object: DesiredObject,
  { failures }: Applied,
  target: Target,
  state: SyncState,
): Refused | SerinError | undefined {
  const cause = failures.get(object.id)?.cause
  // Another failure (it is somebody else's object) concerns this object, and says nothing about the revision.
  const failed = failures.has(object.id) && cause instanceof KubeFailure ? verdictOf(object, cause) : undefined
  if (!failed && !failures.has(object.id) && state.tracked.get(object.id)?.hash !== object.hash) return undefined
  const wrong = judge([failed ?? { kind: "good", object }], target, state)
  if (wrong) state.held.delete(object.id)
  return wrong
}

/**
 * The one object that there is to apply. A refusal of it leaves all as it was, so that trying it first would only double the cost of
 * the commonest change. Not a route, which may have to wait before it is applied; not a new object, which the inventory names
 * before it is there; not one that no watch shows, which has to be asked for first, and that may fail; not another's, which is
 * left alone whatever Git says of it; and not one whose fields are taken over from kubectl or Flux, which is a write of its own.
 */
function soleChange(work: readonly Work[], { state, owner }: PassParts): DesiredObject | undefined {
  const [first] = work
  if (first === undefined || work.length > 1) return undefined
  const { desired } = first
  if (desired.object.kind === "VirtualService" || !state.inventory.some(({ id }) => id === desired.id)) return undefined
  const { known, object } = state.watches.live(watchedOf(desired))
  if (object === undefined) return known ? desired : undefined
  const { annotations = {}, managedFields = [] } = object.metadata
  const isOurs = annotations[ownerAnnotation] === owner
  return isOurs && takeOver(managedFields, fieldManager, desired.leftToOthers) === undefined ? desired : undefined
}

/** What is wrong with a revision, or with asking. Objects that are taken are remembered; so is a revision that is good. */
function judge(verdicts: readonly Verdict[], target: Target, state: SyncState): Refused | SerinError | undefined {
  const problems = verdicts.flatMap((verdict) => (verdict.kind === "bad" ? [verdict.problem] : []))
  if (problems.length > 0) return { problems }
  for (const verdict of verdicts) {
    if (verdict.kind === "good") state.checked?.hashes.add(verdict.object.hash)
    if (verdict.kind === "unknown") return untriedOf(verdict.object, verdict.failure)
  }
  if (verdicts.every(({ kind }) => kind === "good")) state.good = target
  return undefined
}

/** Which object the API could not be asked about. */
function untriedOf(desired: DesiredObject, failure: KubeFailure): SerinError {
  const { code, next, retry, retryAfterMs } = failure
  const message = `${describeObjectId(desired.id)}: ${safeMessage(desired, failure.message)}`
  const pause = retryAfterMs === undefined ? {} : { retryAfterMs }
  return new SerinError(code, message, { cause: failure, next, retry, ...pause })
}

/** By the watch of Namespaces, which is there when a revision states one. */
function isAbsent(name: string, { watches }: SyncState): boolean {
  const id = formatObjectId({ group: "", kind: "Namespace", namespace: "", name })
  const { known, object } = watches.live({ id, version: "v1" })
  return known && object === undefined
}

function isDefinition(id: ObjectId): boolean {
  return id.startsWith("Namespace//") || id.startsWith("CustomResourceDefinition.apiextensions.k8s.io//")
}
