import type { KubeObject, ResourceRef } from "../client.ts"

export interface ReviewRequest {
  readonly operation: "CREATE" | "UPDATE"
  readonly ref: ResourceRef
  /** The namespace that the object goes to; absent for cluster-scoped ones. */
  readonly namespaceObject: KubeObject | undefined
  readonly old: KubeObject | undefined
}

/**
 * Changes objects on their way in, as a mutating webhook does; a pure function that gives the object itself back when it
 * has nothing to do. Objects are frozen. It may refuse the object by throwing an ApiError.
 */
export type Mutator = (object: KubeObject, request: ReviewRequest) => KubeObject

/** Looks at objects that are otherwise good, as a validating webhook does, and refuses them by throwing an ApiError. */
export type Validator = (object: KubeObject, request: ReviewRequest) => void
