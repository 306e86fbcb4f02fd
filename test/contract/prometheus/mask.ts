import { isObject, type Json } from "../harness/json.ts"
import type { Target } from "./target.ts"

const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g
/** The data set ends before, a run of the contract begins after it. Unix seconds. */
const today = 1_704_067_200

const durations = new Set(["lastScrapeDuration", "evaluationTime"])

/** Replaces what differs from run to run: addresses, and the times of a run (those of the data set stay). */
export class Masker {
  constructor(private readonly target: Target) {}

  text(value: string): string {
    let masked = value
      .replaceAll(this.target.exporter.address, "<exporter>")
      .replaceAll(this.target.rulesFile, "<rules>")
    for (const url of Object.values(this.target.urls))
      masked = masked.replaceAll(url, "").replaceAll(new URL(url).host, "<server>")
    return masked.replace(time, (text) => (Date.parse(text) / 1000 < today ? text : "<time>"))
  }

  value(value: Json): Json {
    if (typeof value === "string") return this.text(value)
    if (typeof value === "number") return value >= today ? "<time>" : value
    if (Array.isArray(value)) return value.map((item) => this.value(item))
    if (!isObject(value)) return value
    return Object.fromEntries(
      Object.entries(value).map(([key, item]) => [this.text(key), durations.has(key) ? typeof item : this.value(item)]),
    )
  }
}
