import type { KubeObject } from "../client.ts"
import { equalJson, type Json } from "../json.ts"
import { METADATA_ONLY, type SelectableFields } from "../selectors/index.ts"

/** What rules may read of the world; they change nothing. */
export interface RuleContext {
  /** RFC 3339 with seconds, as `metadata` holds it. */
  readonly now: string
  readonly random: () => number
  /** Objects of another resource, e.g. to keep addresses unique. */
  readonly stored: (collection: string) => readonly KubeObject[]
  readonly dryRun: boolean
}

/**
 * How the objects of a kind differ from plain ones. All functions are pure: they return the object to store. What holds
 * for every kind (names, uid, timestamps, versions, finalizers) is in `verbs/`.
 */
export interface KindRules {
  /** metadata.generation is kept; it grows when this says that the desired state differs. Absent: no generation. */
  readonly desiredStateChanged?: (object: KubeObject, old: KubeObject) => boolean
  /** `status` can only be written through the subresource. */
  readonly hasStatus: boolean
  /** The status of a new object. */
  readonly initialStatus: (object: KubeObject, context: RuleContext) => unknown
  /** PUT creates what is missing. */
  readonly createOnUpdate: boolean
  /** PUT without a resourceVersion overwrites whatever is there. */
  readonly unconditionalUpdate: boolean
  /** DELETE answers with the object instead of a Status. */
  readonly returnsDeleted: boolean
  /** Subresources that change a part: what is stored when `sent` is written to one. `status` needs no entry. */
  readonly parts: Readonly<Record<string, (sent: KubeObject, old: KubeObject) => KubeObject>>
  /** Added by a DELETE: what the server itself has to see to before the object may go. */
  readonly deletionFinalizers: readonly string[]
  /** When DELETE does not say. */
  readonly defaultPropagation: "Background" | "Orphan"
  readonly selectable: SelectableFields
  readonly prepareCreate: (object: KubeObject, context: RuleContext) => KubeObject
  readonly prepareUpdate: (object: KubeObject, old: KubeObject, context: RuleContext) => KubeObject
  /** What is given out (addresses, ports) is given last, to an object that is valid. */
  readonly allocate: (object: KubeObject, old: KubeObject | undefined, context: RuleContext) => KubeObject
  /** Last word on the stored object with the status, and the metadata, that were sent. */
  readonly prepareStatus: (result: KubeObject, old: KubeObject) => KubeObject
  /** Seconds that the object lives on after a DELETE; undefined: it goes at once. */
  readonly gracePeriod: (object: KubeObject, asked: number | undefined) => number | undefined
}

export const PLAIN: KindRules = {
  hasStatus: false,
  initialStatus: () => undefined,
  createOnUpdate: false,
  unconditionalUpdate: true,
  returnsDeleted: false,
  parts: {},
  deletionFinalizers: [],
  defaultPropagation: "Background",
  selectable: METADATA_ONLY,
  prepareCreate: (object) => object,
  prepareUpdate: (object) => object,
  allocate: (object) => object,
  prepareStatus: (result) => result,
  gracePeriod: () => undefined,
}

/** For kinds whose metadata does not come with their status. */
export const withOldMetadata: KindRules["prepareStatus"] = (result, old) => ({ ...result, metadata: old.metadata })

export const fieldChanged =
  (field: string) =>
  (object: KubeObject, old: KubeObject): boolean =>
    !equalJson((object as unknown as Json)[field], (old as unknown as Json)[field])

export const specChanged = fieldChanged("spec")

/** Everything but metadata. */
export function anythingChanged(object: KubeObject, old: KubeObject): boolean {
  return !equalJson({ ...object, metadata: {} }, { ...old, metadata: {} })
}

/** Everything but metadata and status. */
export function bodyChanged(object: KubeObject, old: KubeObject): boolean {
  return !equalJson(body(object), body(old))
}

function body(object: KubeObject): Json {
  const { metadata: _metadata, status: _status, ...rest } = object as KubeObject & { status?: unknown }
  return rest
}
