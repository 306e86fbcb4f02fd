import type { IncomingMessage, ServerResponse } from "node:http"
import {
  formatValue,
  type Labels,
  parse,
  parseDuration,
  PromqlError,
  PromqlParseError,
  type Engine,
  type Matcher,
  type MemoryStorage,
  type QueryResult,
  type Sample,
} from "@serin/promql"
import { readBody, send, sendJson } from "../http/index.ts"
import type { Scraper } from "./scraper.ts"

/** Prometheus' HTTP API v1 over an engine and a scraper. Errors and formats as Prometheus has them ("HTTP API"). */
export interface ApiContext {
  readonly engine: Engine
  readonly storage: MemoryStorage
  readonly scraper: Scraper
  readonly now: () => number
}

type Parameters = URLSearchParams

class BadData extends Error {}

/** Bytes of a form-encoded query. */
const maxBody = 1 << 20
const maxPoints = 11_000

export async function answer(
  context: ApiContext,
  request: IncomingMessage,
  response: ServerResponse,
  url: URL,
): Promise<void> {
  if (url.pathname === "/-/healthy" || url.pathname === "/-/ready")
    return send(response, 200, `Prometheus Server is ${url.pathname === "/-/ready" ? "Ready" : "Healthy"}.\n`)
  const parameters = url.searchParams
  if (request.method === "POST")
    for (const [name, value] of new URLSearchParams(String(await readBody(request, maxBody))))
      parameters.append(name, value)
  const handler = route(url.pathname)
  if (handler === undefined) return send(response, 404, "404 page not found\n")
  if (request.method !== "GET" && request.method !== "POST") return send(response, 405, "Method Not Allowed\n")
  try {
    sendJson(response, 200, { status: "success", data: handler(context, parameters) })
  } catch (error) {
    if (error instanceof PromqlParseError)
      return failure(response, 400, "bad_data", `invalid parameter "query": ${error.message}`)
    if (error instanceof BadData) return failure(response, 400, "bad_data", error.message)
    if (error instanceof PromqlError)
      return failure(response, error.errorType === "execution" ? 422 : 503, error.errorType, error.message)
    throw error
  }
}

type Handler = (context: ApiContext, parameters: Parameters) => unknown

function route(path: string): Handler | undefined {
  const values = /^\/api\/v1\/label\/([^/]+)\/values$/.exec(path)?.[1]
  if (values !== undefined) return (context, parameters) => labelValues(context, parameters, decodeURIComponent(values))
  return handlers[path]
}

const handlers: Readonly<Record<string, Handler>> = {
  "/api/v1/query": ({ engine, now }, parameters) => {
    const time = timeParameter(parameters, "time", now())
    return instantData(engine.instant(required(parameters, "query"), time))
  },
  "/api/v1/query_range": ({ engine }, parameters) => {
    const query = required(parameters, "query")
    const start = timeParameter(parameters, "start")
    const end = timeParameter(parameters, "end")
    const step = durationParameter(parameters, "step")
    if (end < start) throw new BadData('invalid parameter "end": end timestamp must not be before start time')
    if (step <= 0)
      throw new BadData(
        'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
      )
    if ((end - start) / step > maxPoints)
      throw new BadData(
        `exceeded maximum resolution of ${maxPoints.toLocaleString("en-US")} points per timeseries. Try decreasing the query resolution (?step=XX)`,
      )
    return {
      resultType: "matrix",
      result: engine
        .range(query, start, end, step)
        .series.map(({ labels, samples }) => ({ metric: labels.toRecord(), values: samples.map(point) })),
    }
  },
  "/api/v1/series": (context, parameters) => {
    if (parameters.getAll("match[]").length === 0) throw new BadData("no match[] parameter provided")
    return matching(context, parameters).map((labels) => labels.toRecord())
  },
  "/api/v1/labels": (context, parameters) =>
    [...new Set(matching(context, parameters).flatMap((labels) => labels.pairs.map(([name]) => name)))].sort(),
  "/api/v1/metadata": ({ scraper }) =>
    Object.fromEntries([...scraper.metadata].map(([name, { type, help }]) => [name, [{ type, help, unit: "" }]])),
  "/api/v1/targets": ({ scraper }) => ({
    activeTargets: scraper.statuses().map(({ target, health, lastError, lastScrape, lastDuration }) => ({
      discoveredLabels: target.discovered.toRecord(),
      labels: target.labels.toRecord(),
      scrapePool: target.job.job_name,
      scrapeUrl: `http://${target.address}${target.path}`,
      globalUrl: `http://${target.address}${target.path}`,
      lastError,
      lastScrape: new Date(lastScrape).toISOString(),
      lastScrapeDuration: lastDuration / 1000,
      health,
    })),
    droppedTargets: [],
  }),
  "/api/v1/rules": () => ({ groups: [] }),
  "/api/v1/alerts": () => ({ alerts: [] }),
  "/api/v1/status/buildinfo": () => ({
    version: "3.0.0",
    revision: "",
    branch: "",
    buildUser: "",
    buildDate: "",
    goVersion: "",
  }),
}

function instantData(result: QueryResult): unknown {
  switch (result.type) {
    case "scalar":
      return { resultType: "scalar", result: point(result.sample) }
    case "string":
      return { resultType: "string", result: [result.time / 1000, result.value] }
    case "vector":
      return {
        resultType: "vector",
        result: result.series.map(({ labels, sample }) => ({ metric: labels.toRecord(), value: point(sample) })),
      }
    case "matrix":
      return {
        resultType: "matrix",
        result: result.series.map(({ labels, samples }) => ({ metric: labels.toRecord(), values: samples.map(point) })),
      }
  }
}

const point = ([time, value]: Sample): [number, string] => [time / 1000, formatValue(value)]

function matching({ storage, now }: ApiContext, parameters: Parameters): Labels[] {
  const start = timeParameter(parameters, "start", 0)
  const end = timeParameter(parameters, "end", now())
  const selectors = parameters.getAll("match[]").map(matchersOf)
  const found = new Map<string, Labels>()
  for (const matchers of selectors.length === 0 ? [[]] : selectors) {
    for (const labels of storage.series(matchers, start, end)) found.set(labels.key, labels)
  }
  return [...found.values()]
}

function matchersOf(selector: string): readonly Matcher[] {
  const expr = parse(selector)
  if (expr.kind !== "selector")
    throw new BadData(`invalid parameter "match[]": ${JSON.stringify(selector)} is not a series selector`)
  return expr.matchers
}

function labelValues(context: ApiContext, parameters: Parameters, name: string): string[] {
  return [...new Set(matching(context, parameters).map((labels) => labels.get(name)))]
    .filter((value) => value !== "")
    .sort()
}

function required(parameters: Parameters, name: string): string {
  const value = parameters.get(name)
  if (value === null || value === "")
    throw new BadData(
      name === "query"
        ? `invalid parameter "query": unknown position: parse error: no expression found in input`
        : `invalid parameter ${JSON.stringify(name)}: empty`,
    )
  return value
}

/** Unix seconds or RFC 3339 → milliseconds. */
function timeParameter(parameters: Parameters, name: string, fallback?: number): number {
  const value = parameters.get(name)
  if (value === null || value === "") {
    if (fallback !== undefined) return fallback
    throw new BadData(`invalid parameter ${JSON.stringify(name)}: cannot parse "" to a valid timestamp`)
  }
  const time = Number.isNaN(Number(value)) ? Date.parse(value) : Number(value) * 1000
  if (Number.isNaN(time))
    throw new BadData(
      `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(value)} to a valid timestamp`,
    )
  return time
}

function durationParameter(parameters: Parameters, name: string): number {
  const value = parameters.get(name) ?? ""
  const duration = value !== "" && !Number.isNaN(Number(value)) ? Number(value) * 1000 : parseDuration(value)
  if (duration === undefined)
    throw new BadData(
      `invalid parameter ${JSON.stringify(name)}: cannot parse ${JSON.stringify(value)} to a valid duration`,
    )
  return duration
}

const failure = (response: ServerResponse, code: number, errorType: string, error: string): void =>
  sendJson(response, code, { status: "error", errorType, error })
