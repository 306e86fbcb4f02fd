import type { KubeObject } from "../client.ts"
import { type Json } from "../json.ts"

/** The same event has other field names in `v1` (first) and in `events.k8s.io/v1`. */
const FIELDS: readonly (readonly [string, string])[] = [
  ["involvedObject", "regarding"],
  ["message", "note"],
  ["source", "deprecatedSource"],
  ["firstTimestamp", "deprecatedFirstTimestamp"],
  ["lastTimestamp", "deprecatedLastTimestamp"],
  ["count", "deprecatedCount"],
  ["reportingComponent", "reportingController"],
]

export const CORE_EVENT = "v1"
export const EVENTS_EVENT = "events.k8s.io/v1"

export function toEventsEvent(event: KubeObject): KubeObject {
  return renamed(event, EVENTS_EVENT, FIELDS)
}

export function toCoreEvent(event: KubeObject): KubeObject {
  return renamed(
    event,
    CORE_EVENT,
    FIELDS.map(([core, other]) => [other, core] as const),
  )
}

function renamed(event: KubeObject, apiVersion: string, fields: readonly (readonly [string, string])[]): KubeObject {
  const names = new Map(fields)
  const { kind, apiVersion: _, metadata, ...rest } = event as KubeObject & Json
  const body = Object.entries(rest).map(([field, value]) => [names.get(field) ?? field, value])
  return { kind, apiVersion, metadata, ...Object.fromEntries(body) }
}
