import type { KubeResult } from "./failure.ts"

export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** Who set which fields (metav1.ManagedFieldsEntry); `fieldsV1` is read by core/sync. */
export interface ManagedFieldsEntry {
  readonly manager?: string
  readonly operation?: "Apply" | "Update"
  readonly apiVersion?: string
  readonly time?: string
  readonly fieldsType?: string
  readonly fieldsV1?: unknown
  readonly subresource?: string
}

export interface ObjectMeta {
  readonly name: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
  readonly managedFields?: readonly ManagedFieldsEntry[]
}

/** Any Kubernetes object. A kind that our code reads has a type of its own that extends this. */
export interface KubeObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ObjectMeta
}

export interface Kind {
  /** `v1`, `apps/v1`, … */
  readonly apiVersion: string
  readonly kind: string
}

export interface ObjectRef extends Kind {
  readonly name: string
  /** Left out for cluster-scoped kinds. */
  readonly namespace?: string
}

/** What discovery says about a kind. */
export interface ResourceInfo extends Kind {
  readonly group: string
  readonly version: string
  /** Plural, as in URL paths. */
  readonly resource: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export interface KubeList<T> {
  readonly items: readonly T[]
  readonly resourceVersion: string
}

export interface WriteOptions {
  /** Checked and answered as if done, but not stored. */
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore"
}

export interface ApplyOptions extends WriteOptions {
  /** Take fields that others own. Default true: what Git states is so. */
  readonly force?: boolean
  readonly subresource?: "status" | "scale"
}

export interface PatchOptions extends WriteOptions {
  readonly subresource?: "status" | "scale"
}

export interface DeleteOptions {
  readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"
  readonly dryRun?: boolean
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
}

export interface WatchOptions extends ListOptions {
  readonly resourceVersion: string
  /** The server ends the watch after this long; the caller begins the next. */
  readonly timeoutSeconds: number
}

export type WatchEvent<T extends KubeObject> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string }

/** Who the API should take us for (`Impersonate-User`, `Impersonate-Group`). */
export interface Impersonation {
  readonly user: string
  readonly groups?: readonly string[]
}

/**
 * The Kubernetes API for any kind: kinds are found by discovery, bodies are plain JSON. Failures are values; every call
 * ends within the client's time limit. Objects are addressed by apiVersion and kind, so a caller writes what a manifest
 * would say.
 */
export interface KubeClient {
  /** Base URL of the API, without credentials. */
  readonly server: string
  resolve(kind: Kind): Promise<KubeResult<ResourceInfo>>
  get<T extends KubeObject>(ref: ObjectRef): Promise<KubeResult<T>>
  /** Reads all pages. */
  list<T extends KubeObject>(kind: Kind, options?: ListOptions): Promise<KubeResult<KubeList<T>>>
  create<T extends KubeObject>(object: T, options?: WriteOptions): Promise<KubeResult<T>>
  /** Server-side apply, by default as field manager `serin`, with force. Give only the fields that shall be owned. */
  apply<T extends KubeObject>(object: T, options?: ApplyOptions): Promise<KubeResult<T>>
  patch<T extends KubeObject>(
    ref: ObjectRef,
    type: "json" | "merge" | "strategic",
    patch: unknown,
    options?: PatchOptions,
  ): Promise<KubeResult<T>>
  delete(ref: ObjectRef, options?: DeleteOptions): Promise<KubeResult<void>>
  /**
   * One watch request. Resolves when the server ends it or the signal aborts; a failure otherwise, `KUBE_GONE` when the
   * resource version is too old. For a watch that goes on use an informer.
   */
  watch<T extends KubeObject>(
    kind: Kind,
    options: WatchOptions,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
  ): Promise<KubeResult<void>>
  /** The same connection in another's name. */
  as(who: Impersonation): KubeClient
  close(): Promise<void>
}

/** The name under which the API knows a service account. */
export function serviceAccountUser(namespace: string, name: string): Impersonation {
  return { user: `system:serviceaccount:${namespace}:${name}` }
}
