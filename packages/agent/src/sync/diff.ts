import { describeObjectId, describeProblem, unifiedDiff, type Manifest, type ObjectId } from "@serin/core"
import { stringify } from "yaml"
import type { SyncDiff } from "../api/types.ts"
import { ok, fail, type Result } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Revision } from "../parts.ts"
import type { RepositoryObject } from "../source/index.ts"
import { refOf } from "./apply.ts"
import { mapBounded } from "./bounded.ts"
import { masked, safeMessage } from "./secrets.ts"
import type { SyncState } from "./state.ts"
import type { ReadTarget } from "./target.ts"

export interface DiffParts {
  readonly head: Revision
  readonly target: ReadTarget
  readonly state: SyncState
  readonly client: KubeClient
  readonly repository: RepositoryObject
  readonly claimedBy: (id: ObjectId) => readonly string[]
}

type Change = SyncDiff["changes"][number]
type Refused = SyncDiff["refused"][number]

/** What applying the head would change: each object as it is beside what the API answers to a dry run. */
export async function diffOf({ head, target, state, client, repository }: DiffParts): Promise<Result<SyncDiff>> {
  if (target.kind === "unknown") return fail(target.error)
  if (target.kind === "bad") {
    const refused = target.problems.map((problem) => ({
      object: problem.object ?? problem.path,
      reason: describeProblem(problem),
    }))
    return ok({ revision: head.commit, changes: [], refused })
  }
  const { objects } = target.target
  const changes: Change[] = []
  const refused: Refused[] = []
  const results = await mapBounded(objects, async (desired): Promise<Change | Refused | undefined> => {
    const name = describeObjectId(desired.id)
    const got = await client.get<Manifest & KubeObject>(refOf(desired.object))
    const planned = await client.apply<Manifest & KubeObject>(desired.object, {
      dryRun: true,
      fieldValidation: "Strict",
    })
    // In a namespace that the revision only creates nothing can be asked; all of it is new.
    const after = planned.ok ? planned.value : planned.error.about.kind === "namespaces" ? desired.object : undefined
    if (!after) return { object: name, reason: planned.ok ? "" : safeMessage(desired, planned.error.message) }
    const before = got.ok ? got.value : undefined
    const diff = diffText(name, before, after)
    return diff === "" ? undefined : { action: before ? "update" : "create", object: name, diff }
  })
  for (const result of results) {
    if (result && "reason" in result) refused.push(result)
    else if (result) changes.push(result)
  }
  if (repository.spec.prune !== false) {
    const stated = new Set(objects.map(({ id }) => id))
    for (const { id } of state.inventory) {
      if (!stated.has(id)) changes.push({ action: "prune", object: describeObjectId(id), diff: "" })
    }
  }
  return ok({ revision: head.commit, changes, refused })
}

function diffText(name: string, before: Manifest | undefined, after: Manifest): string {
  const [old, next] = masked(before && readable(before), readable(after))
  return unifiedDiff(name, old ? text(old) : "", next ? text(next) : "")
}

/** In one order of keys, for the order in which a server writes them says nothing. */
const text = (object: Manifest): string => stringify(object, { sortMapEntries: true })

/** Without what only the server writes. */
function readable(object: Manifest): Manifest {
  const { status: _status, metadata, ...rest } = object
  const noise = ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"]
  const kept = Object.fromEntries(Object.entries(metadata).filter(([name]) => !noise.includes(name)))
  return { ...rest, apiVersion: object.apiVersion, kind: object.kind, metadata: { ...kept, name: metadata.name } }
}
