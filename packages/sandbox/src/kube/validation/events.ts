import type { KubeObject } from "../client.ts"
import { converted } from "../conversion/index.ts"
import type { Event } from "../types.gen.ts"
import { follows, immutable, isEmpty } from "./checks.ts"
import { invalidValue, required, type FieldError } from "./errors.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain, qualifiedName } from "./names.ts"

const LONGEST = 128
const LONGEST_NOTE = 1_024

/** An event of the core group: any, but those that have an exact time are the new ones and say more. */
export function* validateEvent(object: KubeObject): Iterable<FieldError> {
  yield* checkEvent(object as Event, "reportingComponent")
}

/** An event of `events.k8s.io`: errors name the fields of the core group, which it is stored in. */
export function* validateNewEvent(object: KubeObject, old?: KubeObject): Iterable<FieldError> {
  const event = converted(object, "v1") as Event
  yield* checkEvent(event, "reportingController")
  if (old !== undefined) {
    yield* validateMetaUpdate(object, old)
    yield* unchanged(event, converted(old, "v1") as Event)
    return
  }
  yield* validateMeta(object, dnsSubdomain)
  yield* checkSeries(event)
  if (isEmpty(event.eventTime)) yield required("eventTime")
  const { type = "", firstTimestamp, lastTimestamp, count = 0, source } = event
  if (type !== "Normal" && type !== "Warning") yield invalidValue("type", "", `has invalid value: ${type}`)
  const legacy: readonly (readonly [string, boolean])[] = [
    ["firstTimestamp", !isEmpty(firstTimestamp)],
    ["lastTimestamp", !isEmpty(lastTimestamp)],
    ["count", count !== 0],
    ["source", !isEmpty(source?.component) || !isEmpty(source?.host)],
  ]
  for (const [field, isSet] of legacy) if (isSet) yield invalidValue(field, "", "needs to be unset")
}

const FIXED = [
  "involvedObject",
  "reason",
  "message",
  "source",
  "firstTimestamp",
  "lastTimestamp",
  "count",
  "type",
  "eventTime",
  "action",
  "related",
] as const

/** Only the series goes on. */
function* unchanged(event: Event, old: Event): Iterable<FieldError> {
  if (JSON.stringify(event.series) !== JSON.stringify(old.series)) yield* checkSeries(event)
  for (const field of FIXED) yield* immutable(field, event[field], old[field])
  yield* immutable("reportingController", event.reportingComponent ?? "", old.reportingComponent ?? "")
  yield* immutable("reportingInstance", event.reportingInstance ?? "", old.reportingInstance ?? "")
}

function* checkSeries({ series }: Event): Iterable<FieldError> {
  if (series === undefined) return
  if ((series.count ?? 0) < 2) yield invalidValue("series.count", "", "should be at least 2")
  if (isEmpty(series.lastObservedTime)) yield required("series.lastObservedTime")
}

/** `reporter` is what the asked version calls the field of who reports. */
function* checkEvent(event: Event, reporter: string): Iterable<FieldError> {
  const { metadata, involvedObject, eventTime, reportingComponent = "", reportingInstance = "" } = event
  const { namespace = "" } = involvedObject
  const at = metadata.namespace ?? ""
  const field = "involvedObject.namespace"
  if (isEmpty(eventTime)) {
    const same = namespace === "" ? at === "" || at === "default" : namespace === at
    if (!same) yield invalidValue(field, namespace, "does not match event.namespace")
    return
  }
  if (namespace === "" && at !== "default" && at !== "kube-system") {
    yield invalidValue(field, namespace, "does not match event.namespace")
  }
  if (reportingComponent === "") yield required(reporter)
  yield* follows(qualifiedName, reporter, reportingComponent)
  const { action = "", reason = "", message = "" } = event
  const texts: readonly (readonly [string, string])[] = [
    ["reportingInstance", reportingInstance],
    ["action", action],
    ["reason", reason],
  ]
  for (const [name, text] of texts) {
    if (text === "") yield required(name)
    if (Buffer.byteLength(text) > LONGEST) yield invalidValue(name, "", `can have at most ${LONGEST} characters`)
  }
  if (Buffer.byteLength(message) > LONGEST_NOTE) {
    yield invalidValue("message", "", `can have at most ${LONGEST_NOTE} characters`)
  }
}
