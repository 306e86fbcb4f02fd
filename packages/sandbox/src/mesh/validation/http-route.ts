import { STATUS_CODES } from "node:http"
import type { HttpCors, HttpFault, HttpRedirect, HttpRetry, HttpRewrite, IstioHeaders } from "../control/istio.ts"
import {
  checkDuration,
  checkPercentage,
  checkPort,
  checkRegex,
  checkStatus,
  items,
  texts,
  type Findings,
} from "./rules.ts"

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
    ...checkGrpcStatus(abort?.grpcStatus),
    ...checkPercentage(delay?.percentage),
    ...checkDuration(delay?.fixedDelay),
  ]
}

const grpcStatuses = new Set(
  [
    "OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED",
  ].flatMap((names) => names.split(" ")),
)

function checkGrpcStatus(status: string | undefined): Findings {
  if (status === undefined || grpcStatuses.has(status)) return []
  const list = "https://github.com/grpc/grpc/blob/master/doc/statuscodes.md"
  const hint = `See ${list} for a list of supported codes, for example 'NOT_FOUND'`
  return [`gRPC status ${JSON.stringify(status)} is not supported. ${hint}`]
}

const methods = new Set("GET POST HEAD PUT DELETE CONNECT OPTIONS TRACE PATCH *".split(" "))

export function checkCors(policy: HttpCors | undefined): Findings {
  if (!policy) return []
  return [
    ...items(policy.allowOrigins).flatMap((origin) => {
      if (typeof origin.regex === "string") return checkRegex(origin.regex, "corsPolicy.allowOrigins")
      if (origin.exact !== undefined || origin.prefix !== undefined) return []
      return ["'' is not a valid match type for CORS allow origins"]
    }),
    ...texts(policy.allowMethods)
      .filter((method) => !methods.has(method))
      .map((method) => `${JSON.stringify(method)} is not a supported HTTP method`),
    ...[...texts(policy.allowHeaders), ...texts(policy.exposeHeaders)]
      .filter((name) => name !== "*" && !/^[-\w!#$%&'*+.^`|~]+$/.test(name))
      .map((name) => `header name ${name} is not a valid header name`),
    ...checkDuration(policy.maxAge),
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
    return [
      "rewrite must specify at least one of URI, UriRegexRewrite, or authority. Only one of URI or UriRegexRewrite may be specified",
    ]
  if (!uriRegexRewrite) return []
  const { match, rewrite: replacement } = uriRegexRewrite
  const findings =
    match && replacement
      ? checkRegex(match, "HTTPRewrite.UriRegexRewrite.Match")
      : ["UriRegexRewrite requires both Rewrite and Match fields to be specified"]
  return findings.map((finding) => `UriRegexRewrite has errors\n${finding}`)
}
