import type { KubeObject } from "../client.ts"
import type { Json } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { defaultCustom } from "./defaults.ts"
import { pruneCustom } from "./prune.ts"

/** What was read, by schema and stored object: both are replaced as a whole when they change. */
const known = new WeakMap<JSONSchemaProps, WeakMap<KubeObject, KubeObject>>()

/** A stored object as its definition, which may be a newer one, has it: pruned and defaulted. */
export function readCustom(schema: JSONSchemaProps, object: KubeObject): KubeObject {
  const bySchema = known.get(schema) ?? new WeakMap<KubeObject, KubeObject>()
  known.set(schema, bySchema)
  const found = bySchema.get(object)
  if (found !== undefined) return found
  const { object: pruned, unknown } = pruneCustom(schema, object as KubeObject & Json)
  const read = defaultCustom(schema, unknown.length === 0 ? object : (pruned as unknown as KubeObject))
  bySchema.set(object, read)
  return read
}
