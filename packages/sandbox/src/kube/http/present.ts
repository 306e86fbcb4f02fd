import type { KubeObject } from "../client.ts"
import { badRequest } from "../errors.ts"
import type { Json } from "../json.ts"
import { rulesFor } from "../kinds/index.ts"
import { groupVersion, type Resource } from "../resources/index.ts"
import type { Tables } from "../table/index.ts"
import type { Listed } from "../verbs/index.ts"
import type { Representation } from "./negotiate.ts"

/** Turns what is stored into what clients asked for. */
export class Presenter {
  readonly #tables: Tables
  readonly #clock: () => Date

  constructor(tables: Tables, clock: () => Date) {
    this.#tables = tables
    this.#clock = clock
  }

  object(resource: Resource, object: KubeObject, { as }: Representation, url: URL): unknown {
    switch (as) {
      case "object":
        return object
      case "Table":
        return this.#table(resource, [object], object.metadata, url)
      case "PartialObjectMetadata":
      case "PartialObjectMetadataList":
        return partial(object)
    }
  }

  list(resource: Resource, { metadata, items }: Listed, { as }: Representation, url: URL): unknown {
    switch (as) {
      case "object":
        return {
          kind: resource.listKind,
          apiVersion: groupVersion(resource),
          // Lists of custom resources name their continuation even when there is none.
          metadata: resource.custom ? { continue: "", ...metadata } : metadata,
          // Built-in items leave out what the list says for all of them.
          items: resource.custom ? items : items.map(withoutType),
        }
      case "Table":
        return this.#table(resource, items, metadata, url)
      case "PartialObjectMetadata":
      case "PartialObjectMetadataList":
        return {
          kind: "PartialObjectMetadataList",
          apiVersion: "meta.k8s.io/v1",
          metadata,
          items: items.map(partial),
        }
    }
  }

  returnsDeleted(resource: Resource): boolean {
    return rulesFor(resource).returnsDeleted
  }

  /** For a watch: the columns are told with the first Table and are null in the others. */
  stream(resource: Resource, representation: Representation, url: URL): (object: KubeObject) => unknown {
    let first = true
    return (object) => {
      const presented = this.object(resource, object, representation, url)
      if (representation.as !== "Table") return presented
      const table = first ? presented : { ...(presented as Json), columnDefinitions: null }
      first = false
      return table
    }
  }

  #table(resource: Resource, objects: readonly KubeObject[], of: ListMetadata, url: URL): Json {
    const asked = url.searchParams.get("includeObject") ?? ""
    const includeObject = INCLUDES[asked]
    if (includeObject === undefined)
      throw badRequest(
        `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
      )
    const { resourceVersion, continue: next, remainingItemCount } = of
    const table = this.#tables.tableFor(resource, objects, {
      includeObject,
      now: this.#clock(),
      ...(resource.columns === undefined ? {} : { crdColumns: resource.columns }),
    })
    return {
      ...table,
      metadata: {
        resourceVersion,
        ...(next === undefined ? {} : { continue: next }),
        ...(remainingItemCount === undefined ? {} : { remainingItemCount }),
      },
    }
  }
}

/** Which part of an object goes with its row. */
const INCLUDES: Readonly<Record<string, "None" | "Metadata" | "Object">> = {
  "": "Metadata",
  None: "None",
  Metadata: "Metadata",
  Object: "Object",
}

interface ListMetadata {
  readonly resourceVersion?: string
  readonly continue?: string
  readonly remainingItemCount?: number
}

function withoutType({ kind: _kind, apiVersion: _version, ...rest }: KubeObject): Json {
  return rest
}

function partial({ metadata }: KubeObject): Json {
  return { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }
}
