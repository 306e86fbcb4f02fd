import type { KubeObject } from "../client.ts"
import { isRecord, listAt, recordAt, stringAt, valueAt, type Json } from "../json.ts"
import { since } from "./duration.ts"

export type Cell = string | number | boolean | null

/** The cells of one object, in the order of its resource's columns. */
export type CellMaker = (object: KubeObject, now: Date) => Cell[]

export const name = (object: KubeObject): string => object.metadata.name ?? ""

export const age = (object: KubeObject, now: Date): string => since(object.metadata.creationTimestamp, now)

/** A text, or what stands for none. */
export function text(object: unknown, path: string, none = ""): string {
  const value = valueAt(object, ...path.split("."))
  return typeof value === "string" || typeof value === "number" ? String(value) : none
}

export function count(object: unknown, path: string): number {
  const value = valueAt(object, ...path.split("."))
  return typeof value === "number" ? value : 0
}

export function list(object: unknown, path: string): readonly unknown[] {
  return listAt(object, ...path.split("."))
}

export function flag(object: unknown, path: string, otherwise = false): boolean {
  const value = valueAt(object, ...path.split("."))
  return typeof value === "boolean" ? value : otherwise
}

/** Names and images of containers, each with commas. */
export function containers(object: unknown, path: string): [names: string, images: string] {
  const all = list(object, path)
  const joined = (field: string): string => all.map((container) => text(container, field)).join(",")
  return [joined("name"), joined("image")]
}

/** `a=b,c=d`, or `<none>`. */
export function labels(map: unknown): string {
  const entries = isRecord(map) ? Object.entries(map) : []
  if (entries.length === 0) return "<none>"
  return entries
    .map(([key, value]) => `${key}=${String(value)}`)
    .sort()
    .join(",")
}

const operators: Readonly<Record<string, string>> = { In: "in", NotIn: "notin" }

/** A label selector in one line: `app=web,tier in (a,b),!canary`; empty if it selects all or nothing. */
export function selector(value: unknown): string {
  if (!isRecord(value)) return ""
  const equalities = Object.entries(recordAt(value, "matchLabels")).map(
    ([key, wanted]) => [key, `${key}=${String(wanted)}`] as const,
  )
  const expressions = listAt(value, "matchExpressions").map(
    (one) => [stringAt(one, "key") ?? "", requirement(one)] as const,
  )
  return [...equalities, ...expressions]
    .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
    .map(([, shown]) => shown)
    .join(",")
}

function requirement(expression: unknown): string {
  const key = stringAt(expression, "key") ?? ""
  const operator = stringAt(expression, "operator") ?? ""
  if (operator === "Exists") return key
  if (operator === "DoesNotExist") return `!${key}`
  return `${key} ${operators[operator] ?? operator} (${listAt(expression, "values").map(String).sort().join(",")})`
}

export const selectorOrNone = (value: unknown): string => selector(value) || "<none>"

/** The first items of a list, and how many more there are. */
export function someOf(items: readonly string[], most: number, separator: string): string {
  const shown = items.slice(0, most).join(separator)
  return items.length > most ? `${shown} + ${items.length - most} more...` : shown
}

/** Status of the condition, undefined if there is none of the type. */
export function condition(object: unknown, type: string): Json | undefined {
  const found = list(object, "status.conditions").find((one) => stringAt(one, "type") === type)
  return isRecord(found) ? found : undefined
}

export const isTrue = (object: unknown, type: string): boolean => condition(object, type)?.["status"] === "True"
