import type { KubeObject } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import type { Catalog } from "../resources/index.ts"
import { parseGroupVersion } from "../resources/index.ts"
import { keyOf, type Store } from "../store/index.ts"

/** In the recorded objects: the time of the start. */
const START = "T"

/**
 * Puts the objects into the store that a real server makes by itself on an empty one, as they were recorded: namespaces,
 * roles and bindings, priorities, API services. They are known to be valid, so none of the rules run.
 */
export function putBootstrapObjects(
  store: Store,
  catalog: Catalog,
  recorded: readonly (Json & { readonly resource: string })[],
  now: string,
  uuid: () => string,
): void {
  for (const { resource, ...found } of recorded) {
    const object = withTime(found, now) as KubeObject & Json
    const ref = { ...parseGroupVersion(object.apiVersion), resource }
    const served = catalog.find(ref)
    if (served === undefined) throw new Error(`bootstrap.json.gz holds ${ref.group}/${resource}, which is not served`)
    const { kind, apiVersion, metadata, ...rest } = object
    store.collection(served.storage).put(keyOf(metadata.namespace, metadata.name ?? ""), {
      kind,
      apiVersion,
      metadata: { ...metadata, uid: uuid(), creationTimestamp: now },
      ...rest,
    })
  }
}

function withTime(value: unknown, now: string): unknown {
  if (value === START) return now
  if (Array.isArray(value)) return value.map((item) => withTime(item, now))
  if (!isRecord(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withTime(item, now)]))
}
