import type { KubeObject } from "../client.ts"
import type { Json } from "../json.ts"
import { rulesFor } from "../kinds/index.ts"
import { groupVersion, type Resource } from "../resources/index.ts"
import type { Listed } from "../verbs/index.ts"
import type { Representation } from "./negotiate.ts"

/** Which part of an object goes with its row in a Table. */
export type IncludeObject = "None" | "Metadata" | "Object"

export type TableMaker = (resource: Resource, objects: readonly KubeObject[], include: IncludeObject) => Json

/** Turns what is stored into what clients asked for. */
export class Presenter {
  readonly #tables: TableMaker

  constructor(tables: TableMaker) {
    this.#tables = tables
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
          metadata,
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

  #table(resource: Resource, objects: readonly KubeObject[], of: ListMetadata, url: URL): Json {
    const asked = url.searchParams.get("includeObject")
    const include = asked === "None" || asked === "Object" ? asked : "Metadata"
    const { resourceVersion, continue: next, remainingItemCount } = of
    const metadata = { resourceVersion, ...(next === undefined ? {} : { continue: next, remainingItemCount }) }
    return { ...this.#tables(resource, objects, include), metadata }
  }
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
