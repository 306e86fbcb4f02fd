import type { KubeObject, ObjectMeta } from "../kube/index.ts"

/** `namespace/name` of a Repository. */
export type RepositoryKey = string

/** The custom resource `Repository` (serin.dev/v1alpha1), as its CRD defaults it. */
export interface RepositoryObject extends KubeObject {
  readonly metadata: ObjectMeta & { readonly namespace: string }
  readonly spec: RepositorySpec
  readonly status?: RepositoryStatus
}

export interface RepositorySpec {
  readonly url: string
  readonly branch?: string
  /** Folder of the manifests, relative to the repository's root; "" for all of it. */
  readonly path?: string
  /** `30s`, `1m`, …: how often to look without a webhook. */
  readonly interval?: string
  readonly auth?: { readonly secretRef: { readonly name: string } }
  readonly serviceAccountName?: string
  readonly prune?: boolean
  readonly suspend?: boolean
  readonly pushesPerMinute?: number
  readonly hooks?: { readonly secretRef?: { readonly name: string } }
  readonly notify?: readonly {
    readonly type: "slack" | "webhook"
    readonly secretRef: { readonly name: string }
    readonly events?: readonly string[]
  }[]
}

export interface RepositoryStatus {
  readonly observedGeneration?: number
  /** Head of the branch as last fetched. */
  readonly head?: string
  /** Last revision that was applied whole. */
  readonly revision?: string
  /** When that was, RFC 3339. */
  readonly lastSync?: string
  readonly conditions?: readonly Condition[]
  readonly inventory?: readonly InventoryEntry[]
  /** Written by the notifier. */
  readonly notified?: { readonly commit: string; readonly at?: string }
}

export interface Condition {
  readonly type: "Ready" | "Fetched"
  readonly status: "True" | "False" | "Unknown"
  readonly reason: string
  readonly message: string
  readonly lastTransitionTime: string
  readonly observedGeneration?: number
}

/** One object that this Repository put into the cluster. */
export interface InventoryEntry {
  /** `Deployment.apps/test/podinfo-ga` */
  readonly id: string
  /** API version of the group, as last applied. */
  readonly version: string
  /** Hash of what Git stated, and of the fields that the API then said are ours; absent before the first apply. */
  readonly desired?: string
  readonly live?: string
}

export const repositoryKind = { apiVersion: "serin.dev/v1alpha1", kind: "Repository" } as const

export function keyOf(repository: { readonly metadata: ObjectMeta }): RepositoryKey {
  return `${repository.metadata.namespace ?? ""}/${repository.metadata.name}`
}
