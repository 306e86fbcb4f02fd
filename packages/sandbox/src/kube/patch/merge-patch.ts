import { isRecord, type Json } from "../json.ts"
import { malformed } from "./failures.ts"
import { jsonKind } from "./go-format.ts"
import { withoutNulls } from "./nulls.ts"

/**
 * Applies a JSON merge patch (RFC 7386); `doc` and `patch` stay as they are, the result shares what did not change.
 * Like the real server, members that are null are also dropped inside of lists that are new.
 * @throws ApiError 400 if the patch is not an object.
 */
export function mergePatch(doc: Json, patch: unknown): Json {
  if (!isRecord(patch)) {
    throw malformed(
      patch === null
        ? "Invalid JSON Patch"
        : `error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`,
    )
  }
  return merge(doc, patch)
}

function merge(doc: Json, patch: Json): Json {
  const merged: Json = { ...doc }
  for (const [key, value] of Object.entries(patch)) {
    const current = merged[key]
    if (value === null) delete merged[key]
    else if (isRecord(current)) merged[key] = isRecord(value) ? merge(current, value) : value
    else merged[key] = withoutNulls(value)
  }
  return merged
}
