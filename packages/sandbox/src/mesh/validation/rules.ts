import { durationMs } from "../../duration.ts"
import { compileRegex } from "../plane/match.ts"
import { re2Error } from "./re2.ts"

/**
 * Small checks shared by the kinds. They run at admission, before the CRDs' schemas have been checked, so every value
 * may have any type: what is not of the right one is left to the schema, which refuses it.
 */
export type Findings = string[]

/** The elements of a list that are objects; none for anything else. */
export function items<T extends object>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value)
    ? value.filter((item: unknown): item is T => typeof item === "object" && item !== null)
    : []
}

export function texts(value: readonly string[] | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item: unknown): item is string => typeof item === "string") : []
}

const labelPattern = /^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$/
const wildcardLabelPattern = /^(\*|(\*|\*-)?[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)$/

export function isLabel(text: string): boolean {
  return text.length <= 63 && labelPattern.test(text)
}

/** A DNS name whose first label may be a wildcard. */
export function checkHost(host: string): Findings {
  if (host.length === 0) return ["empty domain name not allowed"]
  if (host.length > 255) return [`domain name ${JSON.stringify(host)} too long (max 255)`]
  const [first = "", ...rest] = host.split(".")
  const invalid = (label: string): Findings => [
    `domain name ${JSON.stringify(host)} invalid (label ${JSON.stringify(label)} invalid)`,
  ]
  if (first.length > 63 || !wildcardLabelPattern.test(first)) return invalid(first)
  const last = rest.at(-1)
  if (last !== undefined && /^\d+$/.test(last)) {
    const top = JSON.stringify(last)
    return [`domain name ${JSON.stringify(host)} invalid (top level domain ${top} cannot be all-numeric)`]
  }
  const labels = last === "" ? rest.slice(0, -1) : rest
  const wrong = labels.find((label) => !isLabel(label))
  if (wrong === undefined) return []
  // Behind the first label, which may be a wildcard, istiod looks at what is left as a name of its own.
  return [`domain name ${JSON.stringify(rest.join("."))} invalid (label ${JSON.stringify(wrong)} invalid)`]
}

export function checkPort(port: number | undefined): Findings {
  if (typeof port !== "number" || (port >= 1 && port <= 65535)) return []
  return [`port number ${port} must be in the range 1..65535`]
}

/** Istio takes durations of whole milliseconds, from one up. */
export function checkDuration(text: string | undefined): Findings {
  if (typeof text !== "string") return []
  const ms = durationMs(text)
  if (ms === undefined) return [`invalid duration ${JSON.stringify(text)}`]
  if (ms < 1) return ["duration must be greater than 1ms"]
  return Number.isInteger(Math.round(ms * 1e6) / 1e6) ? [] : ["only durations to ms precision are supported"]
}

export function checkPercentage(percentage: { readonly value?: number } | undefined): Findings {
  const value = percentage?.value
  if (typeof value !== "number" || value === 0 || (value >= 0.0001 && value <= 100)) return []
  return [`percentage ${goNumber(value)} is neither 0.0, nor in range [0.0001, 100.0]`]
}

/** As Go prints it by `%v`. */
function goNumber(value: number): string {
  const size = Math.abs(value)
  if (size !== 0 && (size < 1e-4 || size >= 1e21)) return value.toExponential().replace(/e([-+])(\d)$/, "e$10$2")
  return String(value)
}

/** Keys of labels: `app`, `example.com/app`. */
export function checkLabelKeys(labels: object | undefined): Findings {
  const key = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
  return Object.keys(labels ?? {}).flatMap((name) =>
    key.test(name) ? [] : [`invalid tag key: ${JSON.stringify(name)}`],
  )
}

export function checkStatus(status: number | undefined): Findings {
  if (typeof status !== "number" || (status >= 200 && status <= 599)) return []
  return [`HTTP status ${status} is not in range 200-599`]
}

export function checkSubsetName(name: string | undefined): Findings {
  if (typeof name !== "string" || name === "") return ["subset name cannot be empty"]
  return isLabel(name) ? [] : [`subset name is invalid: ${name}`]
}

export function checkRegex(pattern: string, where: string): Findings {
  const place = JSON.stringify(where)
  if (pattern === "") return [`${place}: regex string match should not be empty`]
  if (pattern.length > 1024) return [`${place}: regex is too large, max length allowed is 1024`]
  const hint = "Istio uses RE2 style regex-based match (https://github.com/google/re2/wiki/Syntax)"
  const wrong = re2Error(pattern)
  if (wrong !== undefined) return [`${place}: ${wrong}; ${hint}`]
  try {
    compileRegex(pattern)
    return []
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    // Good for Istio, perhaps, but not to be carried out here.
    return [`${place}: ${error.message}; ${hint}`]
  }
}
