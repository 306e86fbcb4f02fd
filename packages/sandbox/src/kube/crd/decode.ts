import { isRecord, type Json } from "../json.ts"
import type { StructSchema } from "../schema/index.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { decode, type Decoded, type Wording } from "../validation/decode.ts"
import { mapEmbedded } from "./embedded.ts"
import { pruneCustom } from "./prune.ts"
import { asRoot } from "./structural.ts"

/**
 * Reads a custom object: metadata as that of built-in kinds, here and in the objects within, and the rest by the
 * structural schema, which says what is known and nothing of types; those are for validation.
 */
export function decodeCustom(schema: StructSchema, custom: JSONSchemaProps, raw: Json, wording: Wording): Decoded {
  const objectMeta = schema.fields.get("metadata")?.schema
  if (objectMeta?.type !== "struct") throw new Error("a custom kind without metadata")
  const own: string[] = []
  const embedded: string[] = []
  let error: string | undefined
  const coerced = mapEmbedded(asRoot(custom), raw, (object, path) => {
    const prefix = path === "" ? "" : `${path}.`
    for (const field of ["apiVersion", "kind"] as const) {
      const value = object[field]
      if (value === undefined || typeof value === "string") continue
      error ??= `${prefix}${field}: Invalid value: ${JSON.stringify(value)}: must be a string`
    }
    const { metadata } = object
    if (metadata === undefined || metadata === null) return object
    const decoded = isRecord(metadata) ? decode(objectMeta, metadata, wording) : notMetadata(metadata)
    const unknown = path === "" ? own : embedded
    unknown.push(...decoded.unknown.map((field) => `${prefix}metadata.${field}`))
    if (decoded.error === undefined) return { ...object, metadata: decoded.object }
    const why = path === "" ? "" : `${path}.metadata: Invalid value: ${JSON.stringify(metadata)}: `
    error ??= `${why}${decoded.error}`
    return object
  }) as Json
  const pruned = pruneCustom(custom, coerced)
  return {
    object: pruned.object,
    // In the order in which the real server looks: the object's metadata, all fields, the metadata of objects within.
    unknown: [...own.sort(), ...pruned.unknown, ...embedded.sort()],
    ...(error === undefined ? {} : { error }),
  }
}

function notMetadata(value: unknown): Decoded {
  const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value
  return { object: {}, unknown: [], error: `json: cannot unmarshal ${kind} into Go value of type v1.ObjectMeta` }
}
