import { ApiError } from "../client.ts"

/** Undefined where the client leaves the version to the server. `failure` makes the error for what is no version. */
export function parseRevision(
  text: string | undefined,
  failure: (why: string) => ApiError = (why) => new ApiError(500, "", why),
): number | undefined {
  if (text === undefined || text === "") return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const quoted = JSON.stringify(text)
  throw failure(`resourceVersion: Invalid value: ${quoted}: strconv.ParseUint: parsing ${quoted}: invalid syntax`)
}

/** A version that is still to come; a client that asks again soon may get it. */
export function tooLarge(asked: number, present: number): ApiError {
  return new ApiError(504, "Timeout", `Timeout: Too large resource version: ${asked}, current: ${present}`, {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  })
}
