import type { KubeObject } from "./client.ts"
import type { Json } from "./json.ts"
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch/index.ts"
import type { Resource } from "./resources/index.ts"
import type { SchemaRegistry } from "./schema/index.ts"
import type { ObjectModel } from "./verbs/index.ts"

/** The kinds' schemas and what follows from them, put together for the verbs. */
export function objectModel(schemas: SchemaRegistry): ObjectModel {
  const schemaOf = (resource: Resource) => schemas.forKind(resource.group, resource.version, resource.kind)
  return {
    decode: (_resource, body) => body as unknown as KubeObject,
    defaulted: (_resource, object) => object,
    tracked: ({ after }) => after,
    applied: ({ live, applied }) => mergePatch((live ?? {}) as Json, applied) as unknown as KubeObject,
    jsonPatch: (object, patch) => jsonPatch(object, patch) as KubeObject,
    mergePatch: (object, patch) => mergePatch(object, patch) as KubeObject,
    strategicMergePatch: (resource, object, patch) =>
      strategicMergePatch(object, patch, schemaOf(resource)) as KubeObject,
    validate: () => {},
    converted: (object, apiVersion) => ({ ...object, apiVersion }),
  }
}
