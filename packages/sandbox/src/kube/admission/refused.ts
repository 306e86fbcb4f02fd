import type { ApiError, KubeObject } from "../client.ts"
import { forbidden } from "../errors.ts"
import type { Resource } from "../resources/index.ts"

/** The 403 for an object that admission refuses; one that has no name yet goes by what its name will begin with. */
export function refused(resource: Resource, { metadata }: KubeObject, why: string): ApiError {
  return forbidden(resource, metadata.name || metadata.generateName || "Unknown", why)
}
