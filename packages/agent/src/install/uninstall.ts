import { SerinError, unwrap } from "../errors.ts"
import type { Kind, KubeClient, KubeObject, ObjectRef } from "../kube/index.ts"
import { pause, type Clock } from "../runtime/index.ts"
import { managedBy } from "./manifest.ts"

const rbac = "rbac.authorization.k8s.io/v1"

/**
 * In the order of removal: first what acts, so that nothing acts without the rest; the namespace when all in it that is listed is
 * gone.
 */
const kinds: readonly Kind[] = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "policy/v1", kind: "PodDisruptionBudget" },
  { apiVersion: "v1", kind: "Service" },
  { apiVersion: "serin.dev/v1alpha1", kind: "Repository" },
  { apiVersion: rbac, kind: "ClusterRoleBinding" },
  { apiVersion: rbac, kind: "RoleBinding" },
  { apiVersion: rbac, kind: "ClusterRole" },
  { apiVersion: rbac, kind: "Role" },
  { apiVersion: "v1", kind: "ServiceAccount" },
  { apiVersion: "v1", kind: "Secret" },
  { apiVersion: "v1", kind: "ConfigMap" },
  { apiVersion: "v1", kind: "Namespace" },
]
const crd: Kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" }

/** What `serin install` made in this cluster, in the order in which it is removed. Rejects with SerinError. */
export async function findInstallation(
  kube: KubeClient,
  { crds }: { readonly crds: boolean },
): Promise<readonly ObjectRef[]> {
  const found: ObjectRef[] = []
  for (const kind of crds ? [...kinds, crd] : kinds) {
    const listed = await kube.list<KubeObject>(kind, { labelSelector: managedBy })
    if (!listed.ok && listed.error.code === "KUBE_UNKNOWN_KIND") continue
    for (const { metadata } of unwrap(listed).items) {
      const { name, namespace } = metadata
      found.push({ ...kind, name, ...(namespace === undefined ? {} : { namespace }) })
    }
  }
  return found
}

const removalLimitMs = 60_000

/**
 * Removes these objects one after another. The agent's pods are gone before anything else is touched. Nothing that a Repository
 * applied is among them, and a Repository that is removed takes nothing along. Rejects with SerinError.
 */
export async function removeInstallation(kube: KubeClient, objects: readonly ObjectRef[], clock: Clock): Promise<void> {
  for (const ref of objects) {
    const acts = ref.kind === "Deployment"
    const deleted = await kube.delete(ref, { propagationPolicy: acts ? "Foreground" : "Background" })
    if (!deleted.ok && deleted.error.code !== "KUBE_NOT_FOUND") throw deleted.error
    if (acts) await untilGone(kube, ref, clock)
  }
}

async function untilGone(kube: KubeClient, ref: ObjectRef, clock: Clock): Promise<void> {
  const deadline = clock.now() + removalLimitMs
  for (;;) {
    const got = await kube.get(ref)
    if (!got.ok && got.error.code === "KUBE_NOT_FOUND") return
    unwrap(got)
    if (clock.now() > deadline)
      throw new SerinError(
        "KUBE_FAILED",
        `${ref.kind} ${ref.namespace ?? ""}/${ref.name} is still ending after ${removalLimitMs / 1000} s`,
        {
          next: "See why its pods stay with `kubectl -n serin-system get pods`, then run `serin uninstall` again.",
        },
      )
    await pause(clock, 200)
  }
}
