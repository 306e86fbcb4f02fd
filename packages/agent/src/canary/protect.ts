import { desiredObjects, markOf, protectedObject, type Manifest, type Rollout } from "@serin/core"
import { ok, SerinError, type Result } from "../errors.ts"
import type { KubeClient } from "../kube/index.ts"
import type { CrashPoint } from "../runtime/index.ts"
import type { LiveObject } from "./objects.ts"

export interface Protection {
  readonly rollout: Rollout
  /** As it is now: someone who writes in between is not overwritten unseen. */
  readonly live: LiveObject | undefined
  readonly reason: string
  readonly by: string | undefined
}

/**
 * Weight 0 in the cluster before Git says so: one forced apply of the whole VirtualService, as sync would apply it save the
 * weights and the mark that tells sync to leave them.
 */
export async function protect(
  { rollout, live, reason, by }: Protection,
  parts: { readonly kube: KubeClient; readonly owner: string; readonly at: CrashPoint },
): Promise<Result<void>> {
  const { object, path } = rollout.virtualService
  const source = { object, path, line: 1, range: { start: 0, end: 0 }, document: 0 }
  const { objects } = desiredObjects([source], { owner: parts.owner, scopeOf: () => "namespaced" })
  const [desired] = objects
  if (desired === undefined)
    return { ok: false, error: new SerinError("INTERNAL", `VirtualService ${object.metadata.name} cannot be applied`) }
  const manifest = protectedObject(desired.object, rollout.route, markOf(rollout, reason, by))
  const name = `${rollout.ref.namespace}/${rollout.ref.name}`
  await parts.at(`protect:before ${name}`)
  const applied = await parts.kube.apply(atVersion(manifest, live?.metadata.resourceVersion), { force: true })
  await parts.at(`protect:after ${name}`)
  return applied.ok ? ok(undefined) : applied
}

function atVersion(manifest: Manifest, resourceVersion: string | undefined): Manifest {
  if (resourceVersion === undefined) return manifest
  return { ...manifest, metadata: { ...manifest.metadata, resourceVersion } }
}
