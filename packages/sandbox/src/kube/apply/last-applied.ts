import type { KubeObject } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import type { StructSchema } from "../schema/index.ts"
import { InvalidItem } from "./atom.ts"
import { problemsOf } from "./check.ts"
import { compare } from "./compare.ts"
import { difference, emptySet, type FieldSet } from "./field-set.ts"
import { fieldsOf } from "./fields-of.ts"

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"

/** All annotations of an object together. */
const MAX_ANNOTATIONS = 256 * 1024

/**
 * What kubectl applied from the client and nobody changed since: `kubectl apply --server-side` may take these fields
 * over from other managers without force. Nothing without the annotation, or with one that cannot be read.
 */
export function appliedByClient(schema: StructSchema, live: KubeObject): FieldSet {
  const text = live.metadata.annotations?.[LAST_APPLIED]
  if (text === undefined || text === "") return emptySet
  try {
    const applied: unknown = JSON.parse(text)
    if (!isRecord(applied) || applied["apiVersion"] !== live.apiVersion) return emptySet
    if (problemsOf(schema, applied) !== undefined) return emptySet
    const { modified, added, removed } = compare(schema, applied, live)
    return difference(difference(difference(fieldsOf(schema, applied), modified), added), removed)
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof InvalidItem) return emptySet
    throw error
  }
}

/** Brings the annotation of client-side apply up to date after a server-side one, so that both can be used by turns. */
export function withLastApplied(object: KubeObject, applied: KubeObject): KubeObject {
  const annotations = object.metadata.annotations
  if (annotations === undefined || (annotations[LAST_APPLIED] ?? "") === "") return object
  const { [LAST_APPLIED]: _, ...others } = applied.metadata.annotations ?? {}
  const metadata: Json = { ...applied.metadata }
  if (Object.keys(others).length > 0) metadata["annotations"] = others
  else delete metadata["annotations"]
  const updated = { ...annotations, [LAST_APPLIED]: `${sortedJson({ ...applied, metadata })}\n` }
  return { ...object, metadata: { ...object.metadata, annotations: fits(updated) ? updated : withoutIt(annotations) } }
}

function fits(annotations: Readonly<Record<string, string>>): boolean {
  let size = 0
  for (const [key, value] of Object.entries(annotations)) size += Buffer.byteLength(key) + Buffer.byteLength(value)
  return size <= MAX_ANNOTATIONS
}

function withoutIt(annotations: Readonly<Record<string, string>>): Record<string, string> {
  const { [LAST_APPLIED]: _, ...others } = annotations
  return others
}

/** As Go writes maps: keys sorted, `<`, `>` and `&` escaped. */
function sortedJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isRecord(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  ).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}
