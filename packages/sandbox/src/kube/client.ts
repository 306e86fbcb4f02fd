import type { ObjectMeta } from "./types.gen.ts"

/** Any Kubernetes object. Kinds that our own code reads have types in `types.gen.ts`, which satisfy this. */
export interface KubeObject {
  apiVersion: string
  kind: string
  metadata: ObjectMeta
}

/** A served resource: what a URL path names. `group` is "" for the core group. */
export interface ResourceRef {
  readonly group: string
  readonly version: string
  /** Plural, lower case: `deployments`. */
  readonly resource: string
}

/** A `metav1.Status` failure, as the API answers it. */
export class ApiError extends Error {
  override readonly name = "ApiError"
  constructor(
    /** HTTP status. */
    readonly code: number,
    /** `NotFound`, `Conflict`, `AlreadyExists`, `Invalid`, … (metav1.StatusReason). */
    readonly reason: string,
    message: string,
    readonly details?: Readonly<Record<string, unknown>>,
  ) {
    super(message)
  }
}

export interface ListOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type PatchType = "json" | "merge" | "strategic" | "apply"

export type WatchEvent<T extends KubeObject> = { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }

/** A resource that is served at the moment, as discovery tells it. */
export interface ServedResource extends ResourceRef {
  readonly kind: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
}

/**
 * The API server's verbs for code that runs inside the embedded world (controllers, kubelet, mesh control, service
 * discovery), with the same admission, validation, managedFields and conflicts as over HTTP. Every returned object is
 * shared and frozen: copy before changing. Failures are `ApiError`.
 */
export interface KubeClient {
  /** What is served now, each resource in each of its versions, preferred groups and versions first. */
  resources(): readonly ServedResource[]
  get<T extends KubeObject>(ref: ResourceRef, name: string, namespace?: string): Promise<T>
  list<T extends KubeObject>(ref: ResourceRef, options?: ListOptions): Promise<{ items: T[]; resourceVersion: string }>
  /** A `resource` such as `serviceaccounts/token` or `pods/eviction` names what is done to the object of that name. */
  create<T extends KubeObject>(ref: ResourceRef, object: T): Promise<T>
  /** Assigns a pod to a node: a Binding posted to `pods/NAME/binding`. */
  bind(pod: { readonly namespace: string; readonly name: string; readonly uid: string }, node: string): Promise<void>
  update<T extends KubeObject>(ref: ResourceRef, object: T, subresource?: "status" | "scale" | "finalize"): Promise<T>
  patch<T extends KubeObject>(
    ref: ResourceRef,
    name: string,
    namespace: string | undefined,
    type: PatchType,
    patch: unknown,
    options?: { readonly subresource?: "status" | "scale"; readonly force?: boolean },
  ): Promise<T>
  delete(
    ref: ResourceRef,
    name: string,
    namespace?: string,
    options?: {
      readonly propagationPolicy?: "Background" | "Foreground" | "Orphan"
      readonly gracePeriodSeconds?: number
      readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string }
    },
  ): Promise<void>
  /**
   * The present objects as ADDED, then each change in order, until the signal aborts. `onSynced` is called once after
   * the present ones. Delivery is asynchronous (never inside the writer's call) and per watcher in order.
   */
  watch<T extends KubeObject>(
    ref: ResourceRef,
    options: ListOptions,
    onEvent: (event: WatchEvent<T>) => void,
    signal: AbortSignal,
    onSynced?: () => void,
  ): void
}
