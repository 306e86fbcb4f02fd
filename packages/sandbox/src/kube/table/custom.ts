import type { KubeObject } from "../client.ts"
import { isRecord } from "../json.ts"
import type { CustomResourceColumnDefinition } from "../types.gen.ts"
import { name, type Cell } from "./cells.ts"
import { since } from "./duration.ts"
import { findByPath } from "./json-path.ts"

/** The cells after the name: one for each `additionalPrinterColumns` entry; null where there is nothing to show. */
export function customCells(object: KubeObject, columns: readonly CustomResourceColumnDefinition[], now: Date): Cell[] {
  return [name(object), ...columns.map(({ type, jsonPath }) => customCell(type, findByPath(jsonPath, object)[0], now))]
}

function customCell(type: string, value: unknown, now: Date): Cell {
  if (value === undefined || (value === null && type !== "string")) return null
  switch (type) {
    case "string":
      return typeof value === "string" ? value : goJson(value)
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null
    case "number":
      return typeof value === "number" ? value : null
    case "boolean":
      return typeof value === "boolean" ? value : null
    case "date":
      if (typeof value !== "string") return null
      return Number.isNaN(Date.parse(value)) ? "<invalid>" : since(value, now)
    default:
      return null
  }
}

function goJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    isRecord(member) ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1))) : member,
  ).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
}
