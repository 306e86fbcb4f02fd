import { ApiError, type ResourceRef } from "./client.ts"
import type { Json } from "./json.ts"

/** `deployments.apps`, or `pods` in the core group. */
export function qualified(ref: Pick<ResourceRef, "group" | "resource">): string {
  return ref.group === "" ? ref.resource : `${ref.resource}.${ref.group}`
}

/** As Go's %q prints a string, for the characters that names and selectors may hold. */
export const quote = (text: string): string => JSON.stringify(text)

type Of = Pick<ResourceRef, "group" | "resource">

/** `details` as the API gives them: group left out when empty. */
function detailsOf(ref: Of, name: string, more: Json = {}): Json {
  return {
    ...(name === "" ? {} : { name }),
    ...(ref.group === "" ? {} : { group: ref.group }),
    kind: ref.resource,
    ...more,
  }
}

export const notFound = (ref: Of, name: string): ApiError =>
  new ApiError(404, "NotFound", `${qualified(ref)} ${quote(name)} not found`, detailsOf(ref, name))

export const alreadyExists = (ref: Of, name: string, beingDeleted = false): ApiError =>
  new ApiError(
    409,
    "AlreadyExists",
    `${beingDeleted ? "object is being deleted: " : ""}${qualified(ref)} ${quote(name)} already exists`,
    detailsOf(ref, name),
  )

export const generateNameConflict = (ref: Of, name: string): ApiError =>
  new ApiError(
    409,
    "AlreadyExists",
    `${qualified(ref)} ${quote(name)} already exists, the server was not able to generate a unique name for the object`,
    detailsOf(ref, name, { retryAfterSeconds: 1 }),
  )

export const conflict = (ref: Of, name: string, why: string): ApiError =>
  new ApiError(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(ref)} ${quote(name)}: ${why}`,
    detailsOf(ref, name),
  )

/** A write was based on an older version than the stored one. */
export const outdated = (ref: Of, name: string): ApiError =>
  conflict(ref, name, "the object has been modified; please apply your changes to the latest version and try again")

export function forbidden(ref: Of, name: string, why: string): ApiError {
  const subject = ref.resource === "" ? "" : `${qualified(ref)}${name === "" ? "" : ` ${quote(name)}`} is `
  const details = ref.resource === "" ? {} : detailsOf(ref, name)
  return new ApiError(403, "Forbidden", `${subject}forbidden: ${why}`, details)
}

export const badRequest = (message: string): ApiError => new ApiError(400, "BadRequest", message)

export const unauthorized = (): ApiError => new ApiError(401, "Unauthorized", "Unauthorized")

/** A known path without such a method: the answer of the real server names neither. */
export const methodNotAllowed = (): ApiError =>
  new ApiError(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})

export const notServed = (): ApiError =>
  new ApiError(404, "NotFound", "the server could not find the requested resource", {})

/** The history does not reach back to the asked version: the client lists again. */
export const expired = (message: string): ApiError => new ApiError(410, "Expired", message)

export const unsupportedMediaType = (accepted: readonly string[]): ApiError =>
  new ApiError(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  )

export const internalError = (why: string): ApiError =>
  new ApiError(500, "InternalError", `Internal error occurred: ${why}`, { causes: [{ message: why }] })

/** One cause of a 422. `type` is a metav1.CauseType: `FieldValueInvalid`, `FieldValueRequired`, … */
interface Cause {
  readonly reason: string
  readonly message: string
  readonly field: string
}

/** `metav1.Status` as a response body. */
export function statusOf(error: ApiError): Json {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: error.details?.["metadata"] ?? {},
    status: "Failure",
    message: error.message,
    ...(error.reason === "" ? {} : { reason: error.reason }),
    ...(error.details === undefined ? {} : { details: withoutMetadata(error.details) }),
    code: error.code,
  }
}

function withoutMetadata(details: Readonly<Json>): Json {
  const { metadata: _, ...rest } = details
  return rest
}

/** 422 with one cause. `reason` is a metav1.CauseType, `message` without the field. */
export function invalidField(
  kind: { readonly group: string; readonly kind: string },
  name: string,
  field: string,
  reason: string,
  message: string,
): ApiError {
  const qualifiedKind = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`
  return new ApiError(422, "Invalid", `${qualifiedKind} ${quote(name)} is invalid: ${field}: ${message}`, {
    ...(name === "" ? {} : { name }),
    ...(kind.group === "" ? {} : { group: kind.group }),
    kind: kind.kind,
    causes: [{ reason, message, field } satisfies Cause],
  })
}
