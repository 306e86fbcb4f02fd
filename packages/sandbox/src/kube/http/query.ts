import { badRequest, invalidField } from "../errors.ts"
import type { FieldValidation, ListQuery, PatchOptions, WatchQuery, WriteOptions } from "../verbs/index.ts"
import { type FieldError, invalid } from "../validation/index.ts"
import { isTrue } from "./request-info.ts"

/** The options of a POST or PUT. Throws a 422 for values that are not known. */
export function writeOptions(
  query: URLSearchParams,
  kind = "CreateOptions",
): WriteOptions & {
  readonly fieldValidation: FieldValidation
} {
  return {
    dryRun: dryRun(query, kind),
    fieldManager: fieldManager(query, kind),
    fieldValidation: fieldValidation(query, kind),
  }
}

export function patchOptions(query: URLSearchParams, apply: boolean): PatchOptions {
  const options = { ...writeOptions(query, "PatchOptions"), force: isTrue(query.get("force")) }
  const refuse = (field: string, reason: string, message: string) =>
    invalidField({ group: OPTIONS_GROUP, kind: "PatchOptions" }, "", field, reason, message)
  if (apply && options.fieldManager === "")
    throw refuse("fieldManager", "FieldValueRequired", "Required value: is required for apply patch")
  if (!apply && options.force)
    throw refuse("force", "FieldValueForbidden", "Forbidden: may not be specified for non-apply patch")
  return options
}

const OPTIONS_GROUP = "meta.k8s.io"

export function dryRun(query: URLSearchParams, kind: string): boolean {
  const values = query.getAll("dryRun").filter((value) => value !== "")
  const [other] = values.filter((value) => value !== "All")
  if (other !== undefined)
    throw invalidField(
      { group: OPTIONS_GROUP, kind },
      "",
      "dryRun",
      "FieldValueNotSupported",
      `Unsupported value: ${JSON.stringify(values)}: supported values: "All"`,
    )
  return values.length > 0
}

const LONGEST_MANAGER_BYTES = 128

function fieldManager(query: URLSearchParams, kind: string): string {
  const manager = query.get("fieldManager") ?? ""
  if (Buffer.byteLength(manager) > LONGEST_MANAGER_BYTES)
    throw invalidField(
      { group: OPTIONS_GROUP, kind },
      "",
      "fieldManager",
      "FieldValueTooLong",
      `Too long: may not be more than ${LONGEST_MANAGER_BYTES} bytes`,
    )
  return manager
}

function fieldValidation(query: URLSearchParams, kind: string): FieldValidation {
  const value = query.get("fieldValidation") ?? ""
  if (value === "") return "Warn"
  if (value === "Strict" || value === "Warn" || value === "Ignore") return value
  throw invalidField(
    { group: OPTIONS_GROUP, kind },
    "",
    "fieldValidation",
    "FieldValueNotSupported",
    `Unsupported value: ${JSON.stringify(value)}: supported values: "", "Ignore", "Strict", "Warn"`,
  )
}

export function selectors(query: URLSearchParams): { labelSelector?: string; fieldSelector?: string } {
  const labelSelector = query.get("labelSelector")
  const fieldSelector = query.get("fieldSelector")
  return {
    ...(labelSelector === null ? {} : { labelSelector }),
    ...(fieldSelector === null ? {} : { fieldSelector }),
  }
}

export function listQuery(query: URLSearchParams): ListQuery {
  const match = query.get("resourceVersionMatch") ?? ""
  const version = query.get("resourceVersion") ?? ""
  const forbid = (field: string, why: string) =>
    invalidField({ group: OPTIONS_GROUP, kind: "ListOptions" }, "", field, "FieldValueForbidden", `Forbidden: ${why}`)
  if (query.get("sendInitialEvents") !== null)
    throw forbid("sendInitialEvents", "sendInitialEvents is forbidden for list")
  if (match !== "" && version === "")
    throw forbid("resourceVersionMatch", "resourceVersionMatch is forbidden unless resourceVersion is provided")
  if (match !== "" && match !== "Exact" && match !== "NotOlderThan")
    throw invalidField(
      { group: OPTIONS_GROUP, kind: "ListOptions" },
      "",
      "resourceVersionMatch",
      "FieldValueNotSupported",
      `Unsupported value: ${JSON.stringify(match)}: supported values: "Exact", "NotOlderThan", ""`,
    )
  if (match === "Exact" && version === "0")
    throw forbid("resourceVersionMatch", 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"')
  return {
    ...selectors(query),
    resourceVersion: version,
    limit: integer(query, "limit") ?? 0,
    continue: query.get("continue") ?? "",
    ...(match === "" ? {} : { resourceVersionMatch: match }),
  }
}

export interface WatchParameters extends WatchQuery {
  readonly allowWatchBookmarks: boolean
  readonly timeoutSeconds: number | undefined
}

/** Throws a 422 for options that do not go together. */
export function watchParameters(query: URLSearchParams): WatchParameters {
  const match = query.get("resourceVersionMatch") ?? ""
  const initial = query.get("sendInitialEvents")
  const errors = initial === null ? withoutInitialEvents(match) : withInitialEvents(match)
  if (errors.length > 0) throw invalid({ group: OPTIONS_GROUP, kind: "ListOptions" }, "", errors)
  const timeoutSeconds = integer(query, "timeoutSeconds")
  return {
    ...selectors(query),
    resourceVersion: query.get("resourceVersion") ?? "",
    ...(initial === null ? {} : { sendInitialEvents: isTrue(initial) }),
    allowWatchBookmarks: isTrue(query.get("allowWatchBookmarks")),
    timeoutSeconds,
  }
}

const MATCH = "resourceVersionMatch"

function withInitialEvents(match: string): FieldError[] {
  if (match === "NotOlderThan") return []
  const missing: FieldError = {
    field: MATCH,
    reason: "FieldValueForbidden",
    message: "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
  }
  if (match === "") return [missing]
  const unsupported: FieldError = {
    field: MATCH,
    reason: "FieldValueNotSupported",
    message: `Unsupported value: ${JSON.stringify(match)}: supported values: "NotOlderThan"`,
  }
  return [missing, unsupported]
}

function withoutInitialEvents(match: string): FieldError[] {
  if (match === "") return []
  const message = "Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided"
  return [{ field: MATCH, reason: "FieldValueForbidden", message }]
}

function integer(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name) ?? ""
  if (text === "") return undefined
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
  return Number(text)
}
