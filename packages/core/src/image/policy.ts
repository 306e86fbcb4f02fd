import semver from "semver"
import { globPattern, regexpPattern, type Pattern } from "./pattern.ts"

/**
 * Which tags a workload's container may get, and in which order. Every policy states its order (delivery.md, "Image
 * policies"): semantic version, a named group of a regular expression, the alphabet, the image's creation date, or, for
 * `digest:`, whatever a fixed tag points at now.
 */
export type TagPolicy = { readonly text: string } & (
  | { readonly order: "semver"; readonly range: string }
  | { readonly order: "numeric" | "alphabetical"; readonly pattern: Pattern; readonly group?: string }
  | { readonly order: "created"; readonly pattern: Pattern }
  | { readonly order: "digest"; readonly tag: string }
)

export type PolicyResult =
  | { readonly ok: true; readonly policy: TagPolicy }
  /** A sentence with the next step. */
  | { readonly ok: false; readonly reason: string }

const FORMS =
  "write one of semver:RANGE, regexp:PATTERN numeric(GROUP), regexp:PATTERN alphabetical(GROUP), alphabetical:GLOB, newest:GLOB, digest:TAG"
const REGEXP_ORDER = /^(?<pattern>.+)\s+(?<order>numeric|alphabetical)\((?<group>[A-Za-z_]\w*)\)\s*$/s

const bad = (text: string, why: string): PolicyResult => ({
  ok: false,
  reason: `The tag policy “${text}” ${why}; ${FORMS}.`,
})

function regexpOrReason(source: string): Pattern | string {
  try {
    return regexpPattern(source)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function semverPolicy(text: string, range: string): PolicyResult {
  const valid = semver.validRange(range)
  return valid === null ? bad(text, "has no valid range") : { ok: true, policy: { text, order: "semver", range } }
}

function regexpPolicy(text: string, body: string): PolicyResult {
  const parts = REGEXP_ORDER.exec(body)?.groups
  const source = parts?.["pattern"]
  const order = parts?.["order"]
  const group = parts?.["group"]
  if (source === undefined || group === undefined || (order !== "numeric" && order !== "alphabetical"))
    return bad(text, "does not state its order")
  const pattern = regexpOrReason(source)
  if (typeof pattern === "string") return bad(text, `has a pattern that RE2 does not read (${pattern})`)
  if (!pattern.groups.has(group)) return bad(text, `orders by “${group}”, which is not a named group of its pattern`)
  return { ok: true, policy: { text, order, pattern, group } }
}

/** Reads the value of `serin.dev/tag.<container>`. */
export function parsePolicy(text: string): PolicyResult {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(":")
  const body = trimmed.slice(colon + 1).trim()
  if (colon < 0 || body === "") return bad(text, "names no kind of policy")
  switch (trimmed.slice(0, colon)) {
    case "semver":
      return semverPolicy(text, body)
    case "regexp":
      return regexpPolicy(text, body)
    case "alphabetical":
      return { ok: true, policy: { text, order: "alphabetical", pattern: globPattern(body) } }
    case "newest":
      return { ok: true, policy: { text, order: "created", pattern: globPattern(body) } }
    case "digest":
      return { ok: true, policy: { text, order: "digest", tag: body } }
    default:
      return bad(text, "is of no known kind")
  }
}

/**
 * Reads the value of Flux's `fluxcd.io/tag.<container>`: `semver:…`, `regexp:…` (also `regex:`) and `glob:…`, the latter
 * two ordered by creation date; without a prefix it is a glob.
 */
export function parseFluxPolicy(text: string): PolicyResult {
  const trimmed = text.trim()
  const colon = trimmed.indexOf(":")
  const kind = colon < 0 ? "glob" : trimmed.slice(0, colon)
  const body = trimmed.slice(colon + 1)
  if (kind === "semver") return semverPolicy(text, body)
  if (kind === "glob") return { ok: true, policy: { text, order: "created", pattern: globPattern(body) } }
  if (kind !== "regexp" && kind !== "regex") return bad(text, "is of no kind that Flux knew")
  const pattern = regexpOrReason(body)
  if (typeof pattern === "string") return bad(text, `has a pattern that RE2 does not read (${pattern})`)
  return { ok: true, policy: { text, order: "created", pattern } }
}

/** Whether the policy allows a tag at all, whatever its place in the order. */
export function allows(policy: TagPolicy, tag: string): boolean {
  switch (policy.order) {
    case "semver":
      return semver.valid(tag) !== null && semver.satisfies(tag, policy.range)
    case "digest":
      return tag === policy.tag
    default:
      return policy.pattern.test(tag)
  }
}
