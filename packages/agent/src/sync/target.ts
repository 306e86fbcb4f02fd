import { desiredObjects, type ManifestProblem, type Scope } from "@serin/core"
import type { Kind, KubeClient } from "../kube/index.ts"
import type { SerinError } from "../errors.ts"
import type { Revision } from "../parts.ts"
import type { Target } from "./state.ts"

export type ReadTarget =
  | { readonly kind: "target"; readonly target: Target }
  /** The revision cannot be applied, whatever the cluster is like; or a kind is missing in it. */
  | { readonly kind: "bad"; readonly problems: readonly ManifestProblem[] }
  /** Discovery failed. */
  | { readonly kind: "unknown"; readonly error: SerinError }

/** A revision as objects to apply, with the cluster's word on which kinds there are. */
export async function readTarget(revision: Revision, owner: string, kube: KubeClient): Promise<ReadTarget> {
  if (revision.problems.length > 0) return { kind: "bad", problems: revision.problems }
  const scopes = new Map<string, Scope>()
  for (const { object } of revision.manifests) {
    const key = keyOf(object)
    if (scopes.has(key)) continue
    const resolved = await kube.resolve(object)
    if (!resolved.ok && resolved.error.code !== "KUBE_UNKNOWN_KIND") return { kind: "unknown", error: resolved.error }
    scopes.set(key, resolved.ok ? (resolved.value.namespaced ? "namespaced" : "cluster") : "unknown")
  }
  const { objects, problems } = desiredObjects(revision.manifests, {
    owner,
    scopeOf: (kind) => scopes.get(keyOf(kind)) ?? "unknown",
  })
  if (problems.length > 0) return { kind: "bad", problems }
  const manifests = revision.manifests.map(({ object }) => object)
  return { kind: "target", target: { commit: revision.commit, objects, manifests } }
}

function keyOf({ apiVersion, kind }: Kind): string {
  return `${apiVersion}/${kind}`
}
