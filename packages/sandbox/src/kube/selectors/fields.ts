import type { KubeObject } from "../client.ts"
import { badRequest, quote } from "../errors.ts"
import { valueAt } from "../json.ts"

export type FieldSelector = (object: KubeObject) => boolean

export interface FieldTerm {
  readonly field: string
  readonly operator: "=" | "!="
  readonly value: string
}

/** Fields by which the objects of a kind can be selected besides name and namespace, and how such a field is read. */
export interface SelectableFields {
  readonly fields: Readonly<Record<string, (object: KubeObject) => string>>
  /** The words of the 400 for any other field. */
  readonly unknown: (field: string) => string
}

/** The terms of `?fieldSelector=a=b,c!=d`; `\` takes the meaning from `,`, `=` and `\` in values. */
export function fieldTerms(selector: string | undefined): FieldTerm[] {
  if (selector === undefined || selector === "") return []
  const terms = selector.match(/(?:\\.|[^,\\])+/g) ?? []
  return terms.sort().map((term) => {
    const found = /^([^=!]*)(!=|==|=)(.*)$/s.exec(term)
    if (found === null) throw badRequest(`invalid selector: '${selector}'; can't understand '${term}'`)
    const [, field = "", operator = "", value = ""] = found
    return { field, operator: operator === "!=" ? "!=" : "=", value: unescaped(value) }
  })
}

function unescaped(value: string): string {
  if (/(^|[^\\])(\\\\)*=/.test(value)) throw badRequest("invalid field selector: unescaped character in value: 61")
  return value.replaceAll(/\\(.?)/gs, (sequence, character: string) => {
    if (character !== "" && "\\,=".includes(character)) return character
    throw badRequest(`invalid field selector: invalid escape sequence: ${sequence}`)
  })
}

/** Throws a 400 for a field that the kind cannot be selected by. */
export function fieldSelector(terms: readonly FieldTerm[], selectable: SelectableFields): FieldSelector {
  const tests = terms.map(({ field, operator, value }) => {
    const read = selectable.fields[field] ?? COMMON[field]
    if (read === undefined) throw badRequest(selectable.unknown(field))
    return (object: KubeObject) => (read(object) === value) === (operator === "=")
  })
  return (object) => tests.every((test) => test(object))
}

const COMMON: SelectableFields["fields"] = {
  "metadata.name": (object) => object.metadata.name ?? "",
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
}

/** Kinds without fields of their own. */
export const METADATA_ONLY: SelectableFields = {
  fields: {},
  unknown: (field) => `${quote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
}

/** Reads a field as text, the zero value when it is missing, as the real server's typed fields do. */
export const textAt =
  (path: string, zero = "") =>
  (object: KubeObject): string => {
    const value = valueAt(object, ...path.split("."))
    return typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : zero
  }
