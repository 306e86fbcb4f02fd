import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { JSONSchemaProps } from "../types.gen.ts"
import { customSchema } from "./custom.ts"
import { parseField } from "./parse.ts"
import type { Field, StructSchema } from "./schema.ts"

/**
 * The schemas of all kinds. Reads `schemas.jsonl.gz` from `dataDir` (the folder of the Kubernetes version) when first
 * asked for a built-in kind, and parses a type when first asked for: what is not used costs its text only.
 */
export class SchemaRegistry {
  readonly #dataDir: string
  readonly #custom = new Map<string, { readonly source: JSONSchemaProps; schema?: StructSchema }>()
  readonly #structs = new Map<string, StructSchema>()
  #builtIn: { readonly kinds: Readonly<Record<string, string>>; readonly types: Map<string, string> } | undefined

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /** The schema of a built-in or registered custom kind; `group` is "" for the core group. */
  forKind(group: string, version: string, kind: string): StructSchema | undefined {
    const key = keyOf(group, version, kind)
    const custom = this.#custom.get(key)
    if (custom !== undefined) {
      custom.schema ??= customSchema(custom.source, this.#struct("meta.v1.ObjectMeta"))
      return custom.schema
    }
    const type = this.#load().kinds[key]
    return type === undefined ? undefined : this.#struct(type)
  }

  /** Registers a version of a custom kind with its structural schema, or forgets it if there is none. */
  setCustom(group: string, version: string, kind: string, openAPIV3Schema: JSONSchemaProps | undefined): void {
    const key = keyOf(group, version, kind)
    if (openAPIV3Schema === undefined) this.#custom.delete(key)
    else this.#custom.set(key, { source: openAPIV3Schema })
  }

  #load(): { readonly kinds: Readonly<Record<string, string>>; readonly types: Map<string, string> } {
    if (this.#builtIn !== undefined) return this.#builtIn
    const text = gunzipSync(readFileSync(join(this.#dataDir, "schemas.jsonl.gz"))).toString("utf8")
    const [kinds = "{}", ...lines] = text.split("\n")
    const types = new Map<string, string>()
    for (const line of lines) {
      const tab = line.indexOf("\t")
      types.set(line.slice(0, tab), line.slice(tab + 1))
    }
    this.#builtIn = { kinds: JSON.parse(kinds) as Record<string, string>, types }
    return this.#builtIn
  }

  #struct(name: string): StructSchema {
    const known = this.#structs.get(name)
    if (known !== undefined) return known
    const text = this.#load().types.get(name)
    if (text === undefined) throw new Error(`schemas.jsonl.gz names the type ${name} but does not hold it`)
    const [goType, atomic, texts] = JSON.parse(text) as [string, boolean, Record<string, string>]
    const fields = new Map<string, Field>()
    for (const [field, words] of Object.entries(texts)) {
      fields.set(
        field,
        parseField(words, (type) => this.#struct(type)),
      )
    }
    const schema: StructSchema = { type: "struct", name, goType, fields, atomic }
    this.#structs.set(name, schema)
    return schema
  }
}

function keyOf(group: string, version: string, kind: string): string {
  return group === "" ? `${version}/${kind}` : `${group}/${version}/${kind}`
}
