import { ApiError } from "../client.ts"
import { decodeCustom } from "../crd/index.ts"
import type { Json } from "../json.ts"
import { goFormat } from "../patch/index.ts"
import type { StructSchema } from "../schema/index.ts"
import { decode, type Decoded, type Wording } from "./decode.ts"
import { invalidValue, invalid } from "./errors.ts"

export type FieldValidation = "Strict" | "Warn" | "Ignore"

export interface Checked {
  /** As the server stores it: unknown fields dropped, values canonical. */
  readonly object: Json
  /** For the response's Warning headers, one each. */
  readonly warnings: readonly string[]
}

/**
 * Decodes a request's body. Unknown fields are refused (Strict), reported (Warn) or dropped silently (Ignore).
 * `problems` are what reading the text has shown already, e.g. `duplicate field "spec.replicas"`.
 * @throws ApiError 400 for values of the wrong type, and in Strict mode
 */
export function checkFields(
  raw: Json,
  schema: StructSchema,
  mode: FieldValidation,
  problems: readonly string[] = [],
): Checked {
  return check(read(schema, raw, "json"), mode, problems, (why) => cannotBeHandled(raw, why))
}

/** The patch that led to an object: what the message about the object shows depends on it. */
export type PatchShown = { readonly type: "json" | "merge" } | { readonly type: "strategic"; readonly patch: unknown }

/**
 * Decodes a patched object, like `checkFields` does a body.
 * @throws ApiError 422 that shows the object, or the strategic patch
 */
export function checkPatched(raw: Json, schema: StructSchema, mode: FieldValidation, shown: PatchShown): Checked {
  const strategic = shown.type === "strategic"
  const value = strategic ? goFormat(shown.patch) : JSON.stringify(raw)
  return check(read(schema, raw, strategic ? "converter" : "json"), mode, [], (why) =>
    invalid({ group: "", kind: "" }, "", [invalidValue("patch", value, why)]),
  )
}

function read(schema: StructSchema, raw: Json, wording: Wording): Decoded {
  return schema.custom === undefined ? decode(schema, raw, wording) : decodeCustom(schema, schema.custom, raw, wording)
}

function check(
  { object, error, unknown }: Decoded,
  mode: FieldValidation,
  problems: readonly string[],
  failure: (why: string) => ApiError,
): Checked {
  if (error !== undefined) throw failure(error)
  const dropped = new Set(unknown.map((path) => `unknown field ${JSON.stringify(path)}`))
  const duplicates = problems.filter((problem) => !dropped.has(problem.replace(/^duplicate/, "unknown")))
  const all = [...duplicates, ...dropped]
  if (mode === "Strict" && all.length > 0) throw failure(`strict decoding error: ${all.join(", ")}`)
  return { object, warnings: mode === "Warn" ? all : [] }
}

function cannotBeHandled(raw: Json, why: string): ApiError {
  const kind = String(raw["kind"])
  const version = String(raw["apiVersion"]).replace(/^.*\//, "")
  return new ApiError(
    400,
    "BadRequest",
    `${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`,
  )
}
