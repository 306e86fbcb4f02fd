import {
  automationOf,
  parseReference,
  repositoryOf,
  valueAt,
  workloadKinds,
  type Manifest,
  type SourceManifest,
  type TagPolicy,
} from "@serin/core"
import type { RepositoryKey } from "../source/repository.ts"

/** That a workload in Git uses an image. */
export interface ImageUse {
  readonly repositoryKey: RepositoryKey
  readonly namespace: string
  readonly serviceAccount: string
  readonly pullSecrets: readonly string[]
  /** The tag as Git states it. */
  readonly tag: string | undefined
  readonly policy?: TagPolicy
}

/** A list of manifests as one config repository states them. */
export interface Stated {
  readonly repositoryKey: RepositoryKey
  readonly manifests: readonly SourceManifest[]
}

/** Uses by image repository (`docker.io/library/podinfo`). */
export function imageUses(stated: readonly Stated[]): Map<string, ImageUse[]> {
  const uses = new Map<string, ImageUse[]>()
  for (const { repositoryKey, manifests } of stated)
    for (const { object } of manifests) if (workloadKinds.includes(object.kind)) collect(uses, repositoryKey, object)
  return uses
}

function collect(uses: Map<string, ImageUse[]>, repositoryKey: RepositoryKey, object: Manifest): void {
  const { containers, policies } = automationOf(object.kind, object)
  for (const container of containers) {
    const reference = parseReference(container.image)
    if (reference === undefined) continue
    const podSpec = valueAt(object, container.path.slice(0, -3))
    const account = valueAt(podSpec, ["serviceAccountName"])
    const policy = policies.get(container.name)
    const use: ImageUse = {
      repositoryKey,
      namespace: object.metadata.namespace ?? "default",
      serviceAccount: typeof account === "string" ? account : "default",
      pullSecrets: secretNames(valueAt(podSpec, ["imagePullSecrets"])),
      tag: reference.tag,
      ...(policy?.ok === true && { policy: policy.policy }),
    }
    const key = repositoryOf(reference)
    const known = uses.get(key)
    if (known === undefined) uses.set(key, [use])
    else known.push(use)
  }
}

export function secretNames(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.flatMap((one: unknown) => {
    const name = valueAt(one, ["name"])
    return typeof name === "string" ? [name] : []
  })
}
