import { serverSideApply, trackUpdate } from "./apply/index.ts"
import type { KubeObject } from "./client.ts"
import { converted } from "./conversion/index.ts"
import { defaultCustom, readCustom, validateCustom } from "./crd/index.ts"
import { applyDefaults } from "./defaults/index.ts"
import { internalError } from "./errors.ts"
import type { Json } from "./json.ts"
import { jsonPatch, mergePatch, strategicMergePatch } from "./patch/index.ts"
import { groupVersion, parseGroupVersion, type Resource } from "./resources/index.ts"
import type { SchemaRegistry, StructSchema } from "./schema/index.ts"
import { checkFields, checkPatched, invalid, invalidValue, validate } from "./validation/index.ts"
import type { ObjectModel } from "./verbs/index.ts"

/** The kinds' schemas and what follows from them, put together for the verbs. */
export function objectModel(schemas: SchemaRegistry): ObjectModel {
  const schemaOf = (resource: Resource): StructSchema => {
    const schema = schemas.forKind(resource.group, resource.version, resource.kind)
    if (schema?.type === "struct") return schema
    throw internalError(`no schema for ${groupVersion(resource)}, Kind=${resource.kind}`)
  }
  return {
    decode: (resource, body, mode, warn, problems) => {
      const { object, warnings } = checkFields(body, schemaOf(resource), mode, problems)
      for (const warning of warnings) warn(warning)
      return object as unknown as KubeObject
    },
    decodePatched: (resource, patched, { type, body }, mode, warn) => {
      const shown = type === "strategic" ? { type, patch: body } : { type }
      const { object, warnings } = checkPatched(sortedFields(patched), schemaOf(resource), mode, shown)
      for (const warning of warnings) warn(warning)
      return object as unknown as KubeObject
    },
    defaulted: (resource, object) =>
      resource.schema === undefined
        ? applyDefaults(schemaOf(resource), object)
        : defaultCustom(resource.schema, object),
    tracked: ({ resource, ...write }) =>
      trackUpdate({
        ...write,
        schema: schemaOf(resource),
        statusSubresource: resource.subresources.has("status"),
      }),
    applied: ({ resource, ...request }) => {
      const result = serverSideApply({
        ...request,
        schema: schemaOf(resource),
        statusSubresource: resource.subresources.has("status"),
      })
      if ("error" in result) throw result.error
      return result.object
    },
    jsonPatch: (object, patch) => jsonPatch(asJson(object), patch) as KubeObject,
    mergePatch: (object, patch) => mergePatch(asJson(object), patch) as unknown as KubeObject,
    strategicMergePatch: (resource, object, patch) =>
      strategicMergePatch(asJson(object), patch, schemaOf(resource)) as unknown as KubeObject,
    validate: (resource, object, old, subresource) => {
      const { schema, scale } = resource
      checkType(resource, object)
      const errors =
        schema === undefined
          ? validate(resource, object, old, subresource)
          : validateCustom(schema, object, old, { subresource, scale })
      // An object is of the group that it is stored in, whichever one it was sent to.
      const { group } = parseGroupVersion(resource.storageVersion)
      if (errors.length > 0) throw invalid({ group, kind: resource.kind }, object.metadata.name ?? "", errors)
    },
    read: ({ schema }, object) => (schema === undefined ? object : readCustom(schema, object)),
    converted: (object, apiVersion) => {
      const result = converted(object, apiVersion)
      const { group, version } = parseGroupVersion(apiVersion)
      const schema = schemas.forKind(group, version, object.kind)
      // The fields that a version always has, and only those that it has.
      if (schema?.type !== "struct" || schema.goType === undefined) return result
      return checkFields(asJson(result), schema, "Ignore").object as unknown as KubeObject
    },
  }
}

/** Only custom objects get as far as this with another type than their resource has. */
function checkType(resource: Resource, { apiVersion, kind, metadata: { name = "" } }: KubeObject): void {
  const version = groupVersion(resource)
  const errors = [
    ...(kind === resource.kind ? [] : [invalidValue("kind", kind, `must be ${resource.kind}`)]),
    ...(apiVersion === version ? [] : [invalidValue("apiVersion", apiVersion, `must be ${version}`)]),
  ]
  if (errors.length > 0) throw invalid({ group: resource.group, kind }, name, errors)
}

/** The real server patches maps, so what it shows of a patched object has its fields in order. */
const sortedFields = (object: KubeObject): Json =>
  Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)))

const asJson = (object: KubeObject): Json => object as KubeObject & Json
