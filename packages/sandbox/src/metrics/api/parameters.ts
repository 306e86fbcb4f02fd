import type { IncomingMessage } from "node:http"
import { parseDuration } from "@serin/promql"
import { readBody } from "../../http/index.ts"
import { badParameter } from "./api-error.ts"

/** Bytes of a form-encoded query. */
const maxBody = 1 << 20
/** Go's `strconv.ParseFloat`, as far as times and durations are written. */
const float = /^[+-]?(?:\d(?:_?\d)*(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d+)?$/
const rfc3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/
/** What clients of Prometheus write for "from the beginning" and "to the end". */
const ends: Readonly<Record<string, number>> = {
  "-292273086-05-16T16:47:06Z": Number.NEGATIVE_INFINITY,
  "292277025-08-18T07:12:54.999999999Z": Number.POSITIVE_INFINITY,
}
const maxDuration = 2 ** 63 / 1e6

/** The parameters of a request: those of a form before those of the address, as Go has them. */
export async function readParameters(request: IncomingMessage, url: URL): Promise<URLSearchParams> {
  if (request.method !== "POST") return url.searchParams
  const body = await readBody(request, maxBody)
  const type = request.headers["content-type"]?.split(";")[0]?.trim().toLowerCase()
  if (type !== "application/x-www-form-urlencoded") return url.searchParams
  return new URLSearchParams([...new URLSearchParams(body.toString("utf8")), ...url.searchParams])
}

const numberOf = (text: string): number | undefined => (float.test(text) ? Number(text.replaceAll("_", "")) : undefined)

/** Unix seconds or RFC 3339 → milliseconds. */
function parseTime(text: string): number | undefined {
  const seconds = numberOf(text)
  if (seconds !== undefined) return Math.round(seconds * 1000)
  return ends[text] ?? (rfc3339.test(text) ? Date.parse(text) : undefined)
}

const noTime = (text: string): string => `cannot parse ${JSON.stringify(text)} to a valid timestamp`

export function requiredTime(parameters: URLSearchParams, name: string): number {
  const text = parameters.get(name) ?? ""
  const time = parseTime(text)
  if (time === undefined) throw badParameter(name, noTime(text))
  return time
}

export function optionalTime(parameters: URLSearchParams, name: string, otherwise: number): number {
  const text = parameters.get(name) ?? ""
  if (text === "") return otherwise
  const time = parseTime(text)
  if (time === undefined) throw badParameter(name, `Invalid time value for '${name}': ${noTime(text)}`)
  return time
}

/** Seconds or `1m30s` → milliseconds. */
export const requiredDuration = (parameters: URLSearchParams, name: string): number =>
  parsedDuration(parameters.get(name) ?? "", (reason) => badParameter(name, reason))

/** Throws what is made of the reason. */
export function parsedDuration(text: string, fail: (reason: string) => Error): number {
  const seconds = numberOf(text)
  const duration = seconds === undefined ? parseDuration(text) : seconds * 1000
  if (duration === undefined) throw fail(`cannot parse ${JSON.stringify(text)} to a valid duration`)
  if (Math.abs(duration) > maxDuration)
    throw fail(`cannot parse ${JSON.stringify(text)} to a valid duration. It overflows int64`)
  return duration
}

/** Undefined when there is none. */
export function optionalDuration(parameters: URLSearchParams, name: string): number | undefined {
  return (parameters.get(name) ?? "") === "" ? undefined : requiredDuration(parameters, name)
}
