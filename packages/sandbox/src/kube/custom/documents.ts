import { readJson } from "../data.ts"
import type { CustomDocuments } from "../http/openapi.ts"
import { isRecord } from "../json.ts"
import { groupVersion } from "../resources/index.ts"
import type { CustomDefinitions } from "./definitions.ts"
import { customDocument, type DocumentedResource, TEMPLATE_DOCUMENT } from "./openapi.ts"
import { customResources } from "./resources.ts"

/** The OpenAPI documents of what the definitions define at the moment. */
export function customDocuments(
  dataDir: string,
  definitions: CustomDefinitions,
  generation: () => number,
): CustomDocuments {
  const byPath = (): ReadonlyMap<string, readonly DocumentedResource[]> => {
    const documents = new Map<string, DocumentedResource[]>()
    for (const definition of definitions.served.values())
      for (const resource of customResources(definition)) {
        const path = `apis/${groupVersion(resource)}`
        const found: DocumentedResource = { resource, schema: resource.schema }
        documents.set(path, [...(documents.get(path) ?? []), found])
      }
    return documents
  }
  return {
    paths: () => [...byPath().keys()],
    document: (path) => {
      const template = readJson(dataDir, TEMPLATE_DOCUMENT)
      if (!isRecord(template)) throw new Error(`${TEMPLATE_DOCUMENT} is not an OpenAPI document`)
      return customDocument(template, byPath().get(path) ?? [])
    },
    get generation() {
      return generation()
    },
  }
}
