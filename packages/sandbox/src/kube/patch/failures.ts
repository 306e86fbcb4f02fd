import { ApiError } from "../client.ts"
import { goTypeName } from "./go-format.ts"

/** A patch that is well formed but does not fit the document: the real server tells no more than this. */
export function doesNotApply(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {})
}

/** The patch is not of the form that its type asks for. */
export function malformed(message: string): ApiError {
  return new ApiError(400, "BadRequest", message)
}

/** Failures that the real server does not foresee are answered as they come, with 500 and no reason. */
export function unforeseen(message: string): ApiError {
  return new ApiError(500, "", message)
}

export function wrongArgument(expected: "map" | "list", actual: unknown): ApiError {
  const wanted = expected === "map" ? "map[string]interface {}" : "[]interface {}"
  return unforeseen(`expected a ${wanted}, but received a ${goTypeName(actual)}`)
}
