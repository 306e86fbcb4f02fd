import { STATUS_CODES } from "node:http"
import type { HttpFault, HttpRedirect, HttpRetry, HttpRewrite, IstioHeaders } from "../control/istio.ts"
import { checkDuration, checkPercentage, checkPort, checkRegex, checkStatus, texts, type Findings } from "./rules.ts"

export function checkHeaders(headers: IstioHeaders | undefined): Findings {
  const names = (record: object | undefined): string[] => Object.keys(record ?? {})
  const { request, response } = headers ?? {}
  return [
    ...[...names(request?.add), ...names(request?.set)].flatMap((name) => checkFieldName(name, true)),
    ...texts(request?.remove).flatMap((name) => checkFieldName(name, false)),
    ...[...names(response?.add), ...names(response?.set), ...texts(response?.remove)].flatMap((name) =>
      checkFieldName(name, false),
    ),
  ]
}

function checkFieldName(name: string, authorityAllowed: boolean): Findings {
  const lower = name.toLowerCase()
  if (name === "") return ["header name cannot be empty"]
  if (authorityAllowed && (lower === "host" || lower === ":authority")) return []
  if (lower === "host") return [`invalid header ${JSON.stringify(name)}: cannot set Host header`]
  return name.startsWith(":") ? [`invalid header ${JSON.stringify(name)}: header cannot have ":" prefix`] : []
}

export function checkFault(fault: HttpFault | undefined): Findings {
  if (!fault) return []
  const { abort, delay } = fault
  return [
    ...(abort || delay ? [] : ["HTTP fault injection must have an abort and/or a delay"]),
    ...checkPercentage(abort?.percentage),
    ...checkStatus(abort?.httpStatus),
    ...checkPercentage(delay?.percentage),
    ...checkDuration(delay?.fixedDelay),
  ]
}

const retryConditions = new Set([
  "5xx",
  "gateway-error",
  "reset",
  "reset-before-request",
  "connect-failure",
  "retriable-4xx",
  "refused-stream",
  "retriable-status-codes",
  "retriable-headers",
  "envoy-ratelimited",
  "http3-post-connect-failure",
  "cancelled",
  "deadline-exceeded",
  "internal",
  "resource-exhausted",
  "unavailable",
])

export function checkRetries(retries: HttpRetry | undefined): Findings {
  if (!retries) return []
  const { attempts = 0, perTryTimeout, retryOn, retryRemoteLocalities, backoff } = retries
  const conditions = typeof retryOn === "string" && retryOn !== "" ? retryOn.split(",") : []
  const findings: Findings = []
  if (attempts < 0) findings.push("attempts cannot be negative")
  if (attempts === 0 && (perTryTimeout !== undefined || conditions.length > 0 || retryRemoteLocalities !== undefined)) {
    findings.push("http retry policy configured when attempts are set to 0 (disabled)")
  }
  for (const condition of conditions) {
    if (STATUS_CODES[condition] === undefined && !retryConditions.has(condition)) {
      findings.push(`${JSON.stringify(condition)} is not a valid retryOn policy`)
    }
  }
  return [...findings, ...checkDuration(perTryTimeout), ...checkDuration(backoff)]
}

export function checkRedirect(redirect: HttpRedirect | undefined): Findings {
  if (!redirect) return []
  const { uri, prefixRewrite, authority, port, derivePort, scheme, redirectCode = 0 } = redirect
  if (uri && prefixRewrite) return ["redirect may only specify one of uri or prefix_rewrite"]
  if (!uri && !prefixRewrite && !authority && port === undefined && !derivePort && !scheme) {
    return ["redirect must specify URI, authority, scheme, or port"]
  }
  if (redirectCode !== 0 && (redirectCode < 300 || redirectCode > 399)) {
    return [`${redirectCode} is not a valid redirect code, must be 3xx`]
  }
  if (scheme && scheme !== "http" && scheme !== "https") return ['invalid redirect scheme, must be "http" or "https"']
  return port === undefined ? [] : checkPort(port)
}

export function checkRewrite(rewrite: HttpRewrite | undefined): Findings {
  if (!rewrite) return []
  const { uri, authority, uriRegexRewrite } = rewrite
  if (uri && uriRegexRewrite) return ["rewrite may only contain one of URI or UriRegexRewrite"]
  if (!uri && !uriRegexRewrite && !authority)
    return ["rewrite must specify at least one of URI, UriRegexRewrite, or authority"]
  return uriRegexRewrite ? checkRegex(uriRegexRewrite.match ?? "", "uriRegexRewrite") : []
}
