import type { KubeObject } from "../client.ts"
import { isRecord, numberAt, recordAt } from "../json.ts"
import type { Service } from "../types.gen.ts"
import { ipAddress } from "./addresses.ts"
import { follows, isEmpty, nonNegative } from "./checks.ts"
import { forbidden, invalidValue, required, type FieldError } from "./errors.ts"

/** Numbers of a status, in the order in which they are looked at. */
interface Counts {
  readonly fields: readonly string[]
  /** Those that are parts of `replicas`. */
  readonly parts: readonly string[]
  readonly tooManyAvailable: string
}

const counts: Readonly<Record<string, Counts>> = {
  "apps/deployments": {
    fields: [
      "observedGeneration",
      "replicas",
      "updatedReplicas",
      "readyReplicas",
      "availableReplicas",
      "unavailableReplicas",
      "terminatingReplicas",
      "collisionCount",
    ],
    parts: ["updatedReplicas", "readyReplicas", "availableReplicas"],
    tooManyAvailable: "cannot be greater than readyReplicas",
  },
  "apps/replicasets": {
    fields: [
      "replicas",
      "fullyLabeledReplicas",
      "readyReplicas",
      "availableReplicas",
      "observedGeneration",
      "terminatingReplicas",
    ],
    parts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
    tooManyAvailable: "cannot be greater than readyReplicas",
  },
  "apps/statefulsets": {
    fields: [
      "replicas",
      "readyReplicas",
      "currentReplicas",
      "updatedReplicas",
      "availableReplicas",
      "observedGeneration",
      "collisionCount",
    ],
    parts: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
    tooManyAvailable: "cannot be greater than status.readyReplicas",
  },
  "autoscaling/horizontalpodautoscalers": {
    fields: ["currentReplicas", "desiredReplicas"],
    parts: [],
    tooManyAvailable: "",
  },
}

/** What is wrong with a status that was written. `key` is `GROUP/RESOURCE`. */
export function* validateStatus(key: string, object: KubeObject): Iterable<FieldError> {
  if (key === "/services") yield* loadBalancer(object)
  const known = counts[key]
  const status = recordAt(object, "status")
  if (known === undefined || !isRecord(status)) return
  const count = (field: string): number => numberAt(status, field) ?? 0
  for (const field of known.fields) yield* nonNegative(`status.${field}`, count(field))
  for (const field of known.parts) {
    if (count(field) <= count("replicas")) continue
    yield invalidValue(`status.${field}`, count(field), "cannot be greater than status.replicas")
  }
  if (known.parts.length > 0 && count("availableReplicas") > count("readyReplicas")) {
    yield invalidValue("status.availableReplicas", count("availableReplicas"), known.tooManyAvailable)
  }
}

function* loadBalancer({ spec, status }: Service): Iterable<FieldError> {
  const path = "status.loadBalancer.ingress"
  const ingress = status?.loadBalancer?.ingress ?? []
  if (ingress.length > 0 && spec?.type !== "LoadBalancer") {
    yield forbidden(path, "may only be used when `spec.type` is 'LoadBalancer'")
    return
  }
  for (const [index, { ip, ipMode }] of ingress.entries()) {
    if (isEmpty(ip)) continue
    yield* follows(ipAddress, `${path}[${index}].ip`, ip)
    if (ipMode === undefined) yield required(`${path}[${index}].ipMode`, "must be specified when `ip` is set")
  }
}
