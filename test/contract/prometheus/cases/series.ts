import { suite } from "../case.ts"
import { begin } from "../dataset.ts"
import { isObject, type Json } from "../../harness/json.ts"
import { now, type Session } from "../session.ts"

const get = (s: Session, path: string, query: Record<string, string | number | readonly string[]> = {}) =>
  s.send("GET", `/api/v1/${path}`, { query })

export const series = suite("series", {
  "by-selector": async (s) => {
    await get(s, "series", { "match[]": "build_info" })
    await get(s, "series", { "match[]": 'http_requests_total{app="podinfo-canary",code!="200"}' })
    await get(s, "series", { "match[]": '{__name__=~"temperature_.*|build_info",room!="roof"}' })
  },
  "by-several-selectors": async (s) => {
    await get(s, "series", {
      "match[]": ["build_info", 'temperature_celsius{room="roof"}', '{app="podinfo-ga",version!=""}'],
    })
  },
  "nothing-found": async (s) => {
    await get(s, "series", { "match[]": "no_such_series" })
  },
  "within-a-time": async (s) => {
    const selector = { "match[]": '{__name__=~"ended|begins_late"}' }
    await get(s, "series", { ...selector, start: begin, end: begin + 3600 })
    await get(s, "series", { ...selector, end: begin - 3600 })
    await get(s, "series", { ...selector, start: begin + 7200 })
  },
  "from-the-beginning-to-the-end": async (s) => {
    const ends = { start: "-292273086-05-16T16:47:06Z", end: "292277025-08-18T07:12:54.999999999Z" }
    await get(s, "series", { "match[]": "build_info", ...ends })
    await get(s, "label/app/values", ends)
    await get(s, "labels", { "match[]": "build_info", ...ends })
  },
  "form-encoded": async (s) => {
    await s.send("POST", "/api/v1/series", { form: { "match[]": ["build_info", "begins_late"] } })
  },
  "without-a-selector": async (s) => {
    await get(s, "series")
  },
  "selectors-that-are-none": async (s) => {
    for (const selector of [
      "{",
      "{}",
      '{a=~".*"}',
      "sum(build_info)",
      "build_info[5m]",
      "1",
      "build_info offset 5m",
      "",
    ]) {
      await get(s, "series", { "match[]": selector })
    }
  },
  "times-that-are-none": async (s) => {
    await get(s, "series", { "match[]": "build_info", start: "soon" })
    await get(s, "series", { "match[]": "build_info", end: "later" })
    await get(s, "series", { "match[]": "build_info", start: now, end: now - 60 })
  },
  "delete-is-gone": async (s) => {
    await s.send("DELETE", "/api/v1/series", { query: { "match[]": "build_info" } })
  },
})

export const labels = suite("labels", {
  all: async (s) => {
    await get(s, "labels")
  },
  "of-selected-series": async (s) => {
    await get(s, "labels", { "match[]": "http_requests_total" })
    await get(s, "labels", { "match[]": ["build_info", "memory_bytes"] })
    await get(s, "labels", { "match[]": "no_such_series" })
  },
  "within-a-time": async (s) => {
    await get(s, "labels", { start: begin + 7200, end: begin + 9000 })
    await get(s, "labels", { "match[]": "ended", start: begin, end: now })
  },
  "form-encoded": async (s) => {
    await s.send("POST", "/api/v1/labels", { form: { "match[]": "memory_bytes" } })
  },
  errors: async (s) => {
    await get(s, "labels", { "match[]": "{" })
    await get(s, "labels", { start: "soon" })
    await get(s, "labels", { end: "later" })
    await get(s, "labels", { "match[]": "sum(a)" })
  },
  "values-of-a-label": async (s) => {
    await get(s, "label/app/values")
    await get(s, "label/room/values")
    await get(s, "label/no_such_label/values")
  },
  "names-of-metrics": async (s) => {
    await get(s, "label/__name__/values")
    await get(s, "label/__name__/values", { "match[]": '{app="podinfo-ga"}' })
  },
  "values-of-selected-series": async (s) => {
    await get(s, "label/code/values", { "match[]": 'http_requests_total{app="podinfo-ga"}' })
    await get(s, "label/pod/values", { "match[]": ["memory_bytes", "http_requests_total"] })
    await get(s, "label/app/values", { "match[]": "memory_bytes" })
  },
  "values-as-they-are": async (s) => {
    await get(s, "label/text/values")
    await get(s, "label/le/values")
  },
  "names-that-were-none": async (s) => {
    await get(s, "label/not-a-name/values")
    await get(s, "label/0/values")
  },
  "errors-of-values": async (s) => {
    await get(s, "label/app/values", { "match[]": "{" })
    await get(s, "label/app/values", { start: "soon" })
    await get(s, "label/app")
  },
  limits: async (s) => {
    const count = (body: Json): Json => (isObject(body) && Array.isArray(body["data"]) ? body["data"].length : body)
    for (const path of ["labels", "label/app/values", "series"]) {
      await s.send("GET", `/api/v1/${path}`, { query: { limit: 1, "match[]": "build_info" }, show: count })
    }
  },
})
