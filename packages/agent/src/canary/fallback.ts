import { readRolloutFrom, type CanaryRef, type Manifest, type ObjectName, type RolloutResult } from "@serin/core"
import type { KubeClient } from "../kube/index.ts"
import { lookUp } from "./live.ts"
import { kinds, type LiveObject } from "./objects.ts"

const known = new Map(Object.values(kinds).map((kind) => [kind.kind as string, kind]))

/** What an object would be as a manifest: what the server wrote into it is left out. */
function asManifest({ apiVersion, kind, metadata, spec }: LiveObject): Manifest {
  const { name, namespace, labels, annotations } = metadata
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      ...(labels !== undefined && { labels }),
      ...(annotations !== undefined && { annotations }),
    },
    spec,
  }
}

/**
 * A canary as the cluster has it, for when Git cannot be read: good enough to protect users, never to advance. Objects are
 * looked up one after the other as they are asked for.
 */
export async function rolloutInCluster(kube: KubeClient, ref: CanaryRef): Promise<RolloutResult> {
  const found = new Map<string, LiveObject | undefined>()
  for (;;) {
    let missing: ObjectName | undefined
    const result = readRolloutFrom((name) => {
      const key = `${name.kind} ${name.name}`
      if (!found.has(key)) missing ??= name
      const object = found.get(key)
      if (object !== undefined)
        return { ok: true, located: { path: "", document: 0, at: [], object: asManifest(object) } }
      return { ok: false, missing: true, reason: `The cluster has no ${name.kind} ${name.namespace}/${name.name}.` }
    }, ref)
    if (missing === undefined) return result
    const kind = known.get(missing.kind)
    if (kind === undefined) return result
    const looked = await lookUp<LiveObject>(kube, { ...kind, namespace: missing.namespace, name: missing.name })
    if (!looked.ok) return { ok: false, reason: looked.error.message }
    found.set(`${missing.kind} ${missing.name}`, looked.value)
  }
}
