import type { JSONSchemaProps } from "../types.gen.ts"

/**
 * What decoding, patching and server-side apply need to know of a kind's fields. Built-in kinds come from the Go types
 * and the OpenAPI documents of the real server (`scripts/generate-kube-schema.mjs`), custom kinds from the structural
 * schema of their CustomResourceDefinition. Schemas may refer to themselves: resolve lazily, never walk one eagerly.
 */
export type Schema = StructSchema | MapSchema | ListSchema | ScalarSchema | AnySchema

/** An object with known fields. */
export interface StructSchema {
  readonly type: "struct"
  /** The structural schema that a custom kind was made from; absent for built-in kinds. */
  readonly custom?: JSONSchemaProps
  /** The built-in type: `core.v1.PodSpec`, `meta.v1.ObjectMeta`; absent for custom kinds. */
  readonly name?: string
  /** Go type as decoding errors spell it, e.g. `v1.DeploymentSpec`; absent for custom kinds. */
  readonly goType?: string
  readonly fields: ReadonlyMap<string, Field>
  /** The schema of fields that are not in `fields`; absent: there are no others. */
  readonly rest?: Schema
  /** One owner for the whole object (`x-kubernetes-map-type: atomic`). */
  readonly atomic: boolean
}

export interface Field {
  readonly schema: Schema
  /** A Go pointer: null and the zero value differ. Always true for custom kinds. */
  readonly pointer: boolean
  /**
   * When Go leaves the field out of its JSON: `empty` for zero scalars, empty lists and maps, nil (`omitempty`), `zero`
   * also for structs without content (`omitzero`), `never` for fields that are always written.
   */
  readonly omit: "never" | "empty" | "zero"
  /** Scalar default of the OpenAPI document; completes the keys of associative list items. */
  readonly default?: string | number | boolean
  readonly patch?: PatchStrategy
  /** The embedded Go struct that the field comes from; decoding errors have it in their path. */
  readonly embedded?: string
}

/** Strategic merge patch directives of a field. */
export interface PatchStrategy {
  /** Lists are merged item by item, instead of replaced. */
  readonly merge: boolean
  /** The patch names the keys to keep (`$retainKeys`). */
  readonly retainKeys: boolean
  /** Names the field that identifies a list item; absent for lists of scalars. */
  readonly mergeKey?: string
}

/** An object with arbitrary keys. */
export interface MapSchema {
  readonly type: "map"
  /** Absent: `map[string]` of its values' type. */
  readonly goType?: string
  readonly values: Schema
  readonly atomic: boolean
}

export interface ListSchema {
  readonly type: "list"
  readonly items: Schema
  readonly listType: "atomic" | "set" | "map"
  /** Fields that identify an item of a `map` list; empty otherwise. */
  readonly keys: readonly string[]
}

export type ScalarFormat =
  "string" | "bool" | "int32" | "int64" | "float64" | "bytes" | "quantity" | "intOrString" | "time" | "microTime"

export interface ScalarSchema {
  readonly type: "scalar"
  readonly format: ScalarFormat
  /** Go type as decoding errors spell it: `int32`, `v1.Protocol`. */
  readonly goType: string
}

/**
 * Any value. `atomic`: one owner for all of it (RawExtension); otherwise objects are merged field by field and lists
 * are atomic, as for the untouched parts of custom objects.
 */
export interface AnySchema {
  readonly type: "any"
  readonly atomic: boolean
}
