import { isRecord, type Json } from "../json.ts"
import type { MapSchema, Schema, StructSchema } from "../schema/index.ts"
import { clusterDefaults } from "./cluster.ts"
import type { Defaulter } from "./fill.ts"
import { podDefaults, resourceList } from "./pods.ts"
import { serviceDefaults } from "./services.ts"
import { workloadDefaults } from "./workloads.ts"

const defaulters: Readonly<Record<string, Defaulter>> = {
  ...podDefaults,
  ...workloadDefaults,
  ...serviceDefaults,
  ...clusterDefaults,
}

/**
 * An object of a built-in kind with the defaults of the real server, which the OpenAPI documents hold only a part of.
 * Takes a decoded object and leaves it as it is; parts without defaults are shared with the result.
 */
export function applyDefaults<T extends object>(schema: StructSchema, object: T): T {
  return defaulted(schema, object) as T
}

/** A type's own defaults come before those of its fields: they may have put the fields there. */
function defaulted(schema: Schema, value: unknown): unknown {
  if (value === null) return value
  switch (schema.type) {
    case "struct":
      return isRecord(value) ? struct(schema, value) : value
    case "list":
      return Array.isArray(value) ? value.map((item) => defaulted(schema.items, item)) : value
    case "map":
      return isRecord(value) ? map(schema, value) : value
    default:
      return value
  }
}

function struct(schema: StructSchema, value: Json): Json {
  const own = defaulters[schema.name ?? ""]?.(value) ?? value
  const result: Json = { ...own }
  for (const [name, field] of schema.fields) {
    const before = own[name]
    if (before !== undefined && before !== null) result[name] = defaulted(field.schema, before)
    // Fields without a pointer have a zero value of their own accord; their default is that unless it is stated.
    else if (field.default !== undefined && (field.pointer || isNonZero(field.default))) result[name] = field.default
  }
  return result
}

const isNonZero = (value: string | number | boolean): boolean => value !== "" && value !== 0 && value !== false

function map(schema: MapSchema, value: Json): Json {
  if (schema.goType === "v1.ResourceList") return resourceList(value)
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, defaulted(schema.values, member)]))
}
