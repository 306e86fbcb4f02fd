import { isRecord } from "../json.ts"
import type { JSONSchemaProps } from "../types.gen.ts"
import { durationMs } from "../../duration.ts"
import { invalidValue, type FieldError } from "../validation/errors.ts"
import { itemsOf, joined, othersOf } from "./structural.ts"

/** The one form of rules in CEL that is carried out: durations that must not be shorter than another. */
const form = /^duration\(self\) >= duration\('([^']+)'\)$/

/** What such rules find in a value that its schema allows; `path` is where the value stands. */
export function* checkDurations(schema: JSONSchemaProps, value: unknown, path = ""): Iterable<FieldError> {
  if (typeof value === "string") {
    for (const { rule, message = `failed rule: ${rule}` } of schema["x-kubernetes-validations"] ?? []) {
      const least = form.exec(rule)?.[1]
      if (least !== undefined) yield* checkDuration(value, least, message, path)
    }
  }
  const items = itemsOf(schema)
  if (Array.isArray(value) && items !== undefined) {
    for (const [i, item] of value.entries()) yield* checkDurations(items, item, `${path}[${String(i)}]`)
  }
  if (!isRecord(value)) return
  const others = othersOf(schema)
  for (const [name, inner] of Object.entries(value)) {
    const known = schema.properties?.[name] ?? (isRecord(others) ? others : undefined)
    if (known !== undefined) yield* checkDurations(known, inner, joined(path, name))
  }
}

function* checkDuration(value: string, least: string, message: string, path: string): Iterable<FieldError> {
  const ms = durationMs(value.replace(/^[-+]/, ""))
  if (ms === undefined) {
    const why = "type conversion error from 'string' to 'google.protobuf.Duration' evaluating rule"
    yield invalidValue(path, "string", `${why}: ${message}`)
  } else if ((value.startsWith("-") ? -ms : ms) < (durationMs(least) ?? 0)) yield invalidValue(path, value, message)
}
