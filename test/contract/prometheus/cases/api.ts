import { suite } from "../case.ts"
import { begin } from "../dataset.ts"
import { isObject, text, type Json, type JsonObject } from "../../harness/json.ts"
import { now, type Session } from "../session.ts"

const query = (s: Session, given: Record<string, string | number>) => s.send("GET", "/api/v1/query", { query: given })
const range = (s: Session, given: Record<string, string | number>) =>
  s.send("GET", "/api/v1/query_range", { query: given })

export const queries = suite("queries", {
  vector: (s) => query(s, { query: 'build_info{app="podinfo-ga"}', time: now }).then(nothing),
  scalar: (s) => query(s, { query: "1.5 + 2", time: now }).then(nothing),
  string: (s) => query(s, { query: '"some words"', time: now }).then(nothing),
  matrix: (s) => query(s, { query: 'temperature_celsius{room="roof"}[1m]', time: now }).then(nothing),
  "nothing-found": async (s) => {
    await query(s, { query: "no_such_series", time: now })
    await query(s, { query: "no_such_series[5m]", time: now })
    await range(s, { query: "no_such_series", start: now - 60, end: now, step: 15 })
  },
  "without-time": (s) => query(s, { query: "vector(1)" }).then(nothing),
  "forms-of-time": async (s) => {
    for (const time of [
      String(now),
      `${String(now)}.5`,
      "1.700001007e9",
      "2023-11-14T22:30:07Z",
      "2023-11-14T22:30:07.25Z",
      "2023-11-14T23:30:07+01:00",
    ]) {
      await query(s, { query: "time()", time })
    }
  },
  "times-that-are-none": async (s) => {
    for (const time of [
      "yesterday",
      "2023-11-14",
      "2023-11-14 22:30:07",
      "14 Nov 2023 22:30:07 GMT",
      "0x10",
      "1_000",
      " 1",
    ]) {
      await query(s, { query: "time()", time })
    }
  },
  "before-1970": (s) => query(s, { query: "vector(1)", time: "-1000" }).then(nothing),
  "form-encoded": async (s) => {
    const form = { query: 'build_info{app="podinfo-ga"}', time: now }
    await s.send("POST", "/api/v1/query", { form })
    await s.send("POST", "/api/v1/query", { form: { query: "1 + 1" }, query: { time: now } })
    await s.send("POST", "/api/v1/query", { form: { query: "1" }, query: { query: "2", time: now } })
    await s.send("POST", "/api/v1/query_range", {
      form: { query: "vector(1)", start: now, end: now + 30, step: 15 },
    })
  },
  "body-of-another-kind": async (s) => {
    const body = JSON.stringify({ query: "1" })
    await s.send("POST", "/api/v1/query", { headers: { "content-type": "application/json" }, body })
    await s.send("POST", "/api/v1/query", { body: "query=1", headers: { "content-type": "text/plain" } })
  },
  "without-a-query": async (s) => {
    await query(s, {})
    await query(s, { query: "" })
    await query(s, { query: "  # only a comment" })
  },
  timeout: async (s) => {
    for (const timeout of ["10", "1m", "250ms", "soon", "-1s"]) await query(s, { query: "1", time: now, timeout })
  },
  "unknown-parameters": (s) => query(s, { query: "1", time: now, dedup: "true", nocache: 1 }).then(nothing),
  statistics: (s) =>
    s
      .send("GET", "/api/v1/query", {
        query: { query: "1", time: now, stats: "true" },
        show: (body) => Object.keys(isObject(body) && isObject(body["data"]) ? body["data"] : {}).sort(),
      })
      .then(nothing),
  "lookback-delta": async (s) => {
    await query(s, { query: 'ended{way="stops"}', time: begin + 1550 })
    await query(s, { query: 'ended{way="stops"}', time: begin + 1550, lookback_delta: "1m" })
    await query(s, { query: 'ended{way="stops"}', time: begin + 1550, lookback_delta: "soon" })
  },
})

export const ranges = suite("ranges", {
  matrix: (s) => range(s, { query: "build_info", start: begin + 7, end: begin + 67, step: 15 }).then(nothing),
  scalar: (s) => range(s, { query: "time()", start: now, end: now + 30, step: 10 }).then(nothing),
  "end-between-two-steps": (s) => range(s, { query: "vector(1)", start: now, end: now + 29, step: 10 }).then(nothing),
  "one-step": (s) => range(s, { query: "vector(1)", start: now, end: now, step: 10 }).then(nothing),
  "forms-of-step": async (s) => {
    for (const step of ["15", "15s", "0.5m", "7.5", "1m30s", "500ms", "1h"]) {
      await range(s, { query: "vector(1)", start: now, end: now + 30, step })
    }
  },
  "steps-that-are-none": async (s) => {
    for (const step of ["", "0", "-1", "0s", "often", "1m30", "30s1m", "1e30"]) {
      await range(s, { query: "vector(1)", start: now, end: now + 30, step })
    }
  },
  "forms-of-start-and-end": async (s) => {
    const times = { start: "2023-11-14T22:30:07.5Z", end: "1700001007.75" }
    await range(s, { query: "time()", ...times, step: "250ms" })
  },
  "end-before-start": (s) => range(s, { query: "vector(1)", start: now, end: now - 1, step: 1 }).then(nothing),
  "without-a-query": (s) => range(s, { start: now, end: now, step: 1 }).then(nothing),
  "without-start-end-or-step": async (s) => {
    await range(s, { query: "vector(1)", end: now, step: 1 })
    await range(s, { query: "vector(1)", start: now, step: 1 })
    await range(s, { query: "vector(1)", start: now, end: now })
    await range(s, { query: "vector(1)", start: "soon", end: "later", step: 1 })
  },
  "eleven-thousand-points": async (s) => {
    const count = (body: Json): Json => {
      const data = isObject(body) ? body["data"] : undefined
      if (!isObject(data) || !Array.isArray(data["result"])) return body
      return data["result"].map((series) => (series as { values: Json[] }).values.length)
    }
    const send = (end: number) =>
      s.send("GET", "/api/v1/query_range", {
        query: { query: "vector(1)", start: now, end, step: 1 },
        show: count,
      })
    await send(now + 10_999)
    await send(now + 11_000)
    await send(now + 11_001)
  },
  "of-a-range-vector": async (s) => {
    await range(s, { query: "build_info[5m]", start: now, end: now + 30, step: 10 })
    await range(s, { query: '"words"', start: now, end: now + 30, step: 10 })
  },
  gaps: (s) => range(s, { query: "ended", start: begin + 1207, end: begin + 1927, step: 60 }).then(nothing),
  "series-that-come-and-go": (s) =>
    range(s, {
      query: 'sum by (code) (http_requests_total{app="podinfo-canary"})',
      start: begin + 607,
      end: begin + 1207,
      step: 300,
    }).then(nothing),
})

export const paths = suite("paths", {
  health: async (s) => {
    await s.send("GET", "/-/healthy")
    await s.send("GET", "/-/ready")
    await s.send("HEAD", "/-/healthy")
    await s.send("HEAD", "/-/ready")
  },
  unknown: async (s) => {
    await s.send("GET", "/api/v1/nothing")
    await s.send("GET", "/api/v2/query")
    await s.send("GET", "/nothing")
    await s.send("POST", "/api/v1/nothing")
    await s.send("GET", "/api/v1/constructor")
    await s.send("GET", "/api/v1/label/%zz/values")
  },
  "other-methods": async (s) => {
    for (const method of ["PUT", "DELETE", "PATCH"]) await s.send(method, "/api/v1/query")
    await s.send("POST", "/api/v1/targets")
    await s.send("POST", "/api/v1/label/app/values")
    await s.send("DELETE", "/api/v1/labels")
    await s.send("POST", "/-/healthy")
  },
  head: async (s) => {
    await s.send("HEAD", "/api/v1/query", { query: { query: "1", time: now } })
  },
  "lifecycle-is-off": async (s) => {
    await s.send("POST", "/-/reload")
    await s.send("GET", "/-/reload")
    await s.send("POST", "/-/quit")
  },
  "administration-is-off": async (s) => {
    await s.send("POST", "/api/v1/admin/tsdb/snapshot")
    await s.send("POST", "/api/v1/admin/tsdb/delete_series", { query: { "match[]": "build_info" } })
  },
  "own-metrics": async (s) => {
    const names = [
      "prometheus_build_info",
      "prometheus_ready",
      "prometheus_tsdb_head_series",
      "process_start_time_seconds",
    ]
    await s.send("GET", "/metrics", {
      show: (body) =>
        names.filter((name) => new RegExp(`^${name}[ {]`, "m").test(typeof body === "string" ? body : "")),
    })
    await s.send("POST", "/metrics")
  },
  options: async (s) => {
    await s.send("OPTIONS", "/api/v1/query")
  },
  "other-origins": async (s) => {
    const headers = { origin: "http://elsewhere.example" }
    await s.send("GET", "/api/v1/query", { headers, query: { query: "1", time: now } })
    await s.send("OPTIONS", "/api/v1/query", { headers })
  },
  compressed: async (s) => {
    const answer = async (headers: Record<string, string>) => {
      const response = await s.quiet("GET", "/api/v1/query", { headers, query: { query: "build_info", time: now } })
      const { vary, "content-encoding": encoding, "content-type": type } = response.headers
      s.note(JSON.stringify(headers), { vary: vary ?? "none", encoding: encoding ?? "none", type: type ?? "none" })
    }
    await answer({})
    await answer({ "accept-encoding": "gzip" })
    await answer({ "accept-encoding": "deflate" })
    await answer({ "accept-encoding": "br, gzip;q=0.5" })
    await answer({ "accept-encoding": "identity" })
  },
})

export const status = suite("status", {
  buildinfo: async (s) => {
    await s.send("GET", "/api/v1/status/buildinfo", { show: shape })
  },
  runtimeinfo: async (s) => {
    await s.send("GET", "/api/v1/status/runtimeinfo", { show: shape })
  },
  config: async (s) => {
    await s.send("GET", "/api/v1/status/config")
  },
  "secrets-stay-hidden": async (s) => {
    await s.send("GET", "/api/v1/status/config", {
      door: "scrapes",
      show: (body) => {
        const yaml = text(body, "data", "yaml")
        return { secrets: yaml.split("of-the-scraper").length - 1, hidden: yaml.split("<secret>").length - 1 }
      },
    })
  },
  flags: async (s) => {
    await s.send("GET", "/api/v1/status/flags", {
      show: some([
        "query.lookback-delta",
        "query.max-samples",
        "query.timeout",
        "web.enable-lifecycle",
        "web.enable-admin-api",
        "storage.tsdb.retention.time",
      ]),
    })
  },
  "no-rules": async (s) => {
    await s.send("GET", "/api/v1/rules")
    await s.send("GET", "/api/v1/rules", { query: { type: "alert" } })
    await s.send("GET", "/api/v1/rules", { query: { type: "other" } })
    await s.send("GET", "/api/v1/alerts")
    await s.send("GET", "/api/v1/alertmanagers")
  },
  "no-targets": async (s) => {
    await s.send("GET", "/api/v1/targets")
    await s.send("GET", "/api/v1/targets/metadata")
    await s.send("GET", "/api/v1/metadata")
    await s.send("GET", "/api/v1/scrape_pools")
  },
  exemplars: async (s) => {
    await s.send("GET", "/api/v1/query_exemplars", { query: { query: "build_info", start: now - 60, end: now } })
    await s.send("POST", "/api/v1/query_exemplars", { form: { query: "rate(", start: now - 60, end: now } })
  },
})

export const formatting = suite("formatting", {
  queries: async (s) => {
    for (const given of [
      "sum(rate(http_requests_total[5m]))by(app)",
      'a{b="c",d=~"e.*"}offset 5m',
      "a+b*c",
      "1 ==  bool 2",
      'http_requests_total{app="podinfo-ga"}/on(app)group_left(version)build_info',
      "max_over_time(rate(a[1m])[10m:30s])",
      "-a ^ 2",
      '"text"',
      "a@1700000000",
      "topk(3,a)",
      "sum without (pod) (a)",
      'a{__name__="b"}',
      '{__name__="a",b="c"}',
      "{__name__=~'a.*'}",
      "a[1h30m] offset -90s",
      "a @ end() offset 2w",
      "rate(a[1m])[10m:] @ start()",
      "+a",
      "(a)",
      "a and ignoring(b) c",
      "a * ignoring() b",
      "sum by () (a)",
      'count_values("v", a)',
      "1e6 + Inf - NaN + 0x1F + .5",
      'a{b="c\\"d\\n"}',
      "a{}",
    ]) {
      await s.send("GET", "/api/v1/format_query", { query: { query: given } })
    }
    await s.send("POST", "/api/v1/format_query", { form: { query: "sum(a)" } })
  },
  "of-several-lines": async (s) => {
    const part = 'sum by (app) (rate(http_requests_total{app=~"podinfo-.*",code!~"5.."}[5m]))'
    for (const given of [
      `${part} / on(app) group_left() ${part} * 100`,
      `topk(3, ${part} + ${part})`,
      `histogram_quantile(0.99, sum by (le) (rate(request_duration_seconds_bucket{app="podinfo-canary",pod=~".+"}[5m])))`,
      `(${part} > bool ${part})`,
      `-(${part} unless ${part})`,
      `max_over_time((${part} or ${part})[1h:5m] offset 1d)`,
      `label_replace(${part}, "a_label_that_is_long", "$1", "another_label_that_is_long", "(.*)")`,
    ]) {
      await s.send("GET", "/api/v1/format_query", { query: { query: given } })
    }
  },
  errors: async (s) => {
    await s.send("GET", "/api/v1/format_query", { query: { query: "sum(" } })
    await s.send("GET", "/api/v1/format_query")
  },
})

const nothing = (): void => undefined

/** The names of an answer's fields and the kinds of their values. */
function shape(body: Json): Json {
  const data = isObject(body) ? body["data"] : undefined
  if (!isObject(data)) return body
  return Object.fromEntries(Object.entries(data).map(([name, value]) => [name, typeof value]))
}

const some =
  (names: readonly string[]) =>
  (body: Json): Json => {
    const data = (isObject(body) ? body["data"] : {}) as JsonObject
    return Object.fromEntries(names.map((name) => [name, data[name] ?? null]))
  }
