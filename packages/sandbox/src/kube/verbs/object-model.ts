import type { KubeObject, PatchType } from "../client.ts"
import type { Json } from "../json.ts"
import type { Resource } from "../resources/index.ts"

export type FieldValidation = "Strict" | "Warn" | "Ignore"

/** What is known of the kinds by their schemas: pure functions, the same for built-in and custom resources. */
export interface ObjectModel {
  /**
   * A request body as an object of the kind: unknown and duplicate fields are refused (Strict, 400), reported (Warn) or
   * dropped silently. `problems` are what reading the text has shown already.
   */
  decode(
    resource: Resource,
    body: Json,
    mode: FieldValidation,
    warn: (message: string) => void,
    problems?: readonly string[],
  ): KubeObject
  /** The same for the result of a patch; failures are 422. */
  decodePatched(
    resource: Resource,
    patched: KubeObject,
    patch: { readonly type: Exclude<PatchType, "apply">; readonly body: unknown },
    mode: FieldValidation,
    warn: (message: string) => void,
  ): KubeObject
  defaulted(resource: Resource, object: KubeObject): KubeObject
  /** With `managedFields` as an ordinary write of `manager` leaves them. */
  tracked(write: TrackedWrite): KubeObject
  /** Server-side apply. Throws a 409 with causes when another manager owns what is applied. */
  applied(write: AppliedWrite): KubeObject
  jsonPatch(object: KubeObject, patch: unknown): KubeObject
  mergePatch(object: KubeObject, patch: unknown): KubeObject
  strategicMergePatch(resource: Resource, object: KubeObject, patch: unknown): KubeObject
  /** Throws a 422 with a cause for each field that is wrong. */
  validate(resource: Resource, object: KubeObject, old: KubeObject | undefined, subresource: string): void
  /** A stored custom object by what its definition says today: with new defaults, without fields that are gone. */
  read(resource: Resource, object: KubeObject): KubeObject
  /** The object in another version of its resource. */
  converted(object: KubeObject, apiVersion: string): KubeObject
}

export interface TrackedWrite {
  readonly resource: Resource
  readonly before: KubeObject | undefined
  readonly after: KubeObject
  readonly manager: string
  readonly subresource: string
  readonly now: string
}

export interface AppliedWrite {
  readonly resource: Resource
  readonly live: KubeObject | undefined
  readonly applied: KubeObject
  readonly manager: string
  readonly force: boolean
  readonly subresource: string
  readonly now: string
}
