import type { KubeObject } from "../client.ts"
import { isRecord, recordAt, stringAt, valueAt } from "../json.ts"
import { age, condition, count, flag, list, name, text, type Cell, type CellMaker } from "./cells.ts"
import { humanDuration, since } from "./duration.ts"

const size = (object: KubeObject, field: string): number => Object.keys(recordAt(object, field)).length

const node: CellMaker = (object, now) => {
  const ready = condition(object, "Ready")
  const states = [ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady"]
  if (flag(object, "spec.unschedulable")) states.push("SchedulingDisabled")
  const address = (type: string): string =>
    text(
      list(object, "status.addresses").find((one) => stringAt(one, "type") === type),
      "address",
      "<none>",
    )
  const architecture = text(object, "status.nodeInfo.architecture")
  const info = (field: string): string => text(object, `status.nodeInfo.${field}`) || "<unknown>"
  return [
    name(object),
    states.join(","),
    roles(object).join(",") || "<none>",
    age(object, now),
    text(object, "status.nodeInfo.kubeletVersion"),
    address("InternalIP"),
    address("ExternalIP"),
    info("osImage"),
    info("kernelVersion") + (architecture === "" ? "" : ` (${architecture})`),
    info("containerRuntimeVersion"),
  ]
}

function roles(object: KubeObject): string[] {
  const prefix = "node-role.kubernetes.io/"
  const found = Object.entries(object.metadata.labels ?? {}).flatMap(([key, value]) => {
    if (key.startsWith(prefix)) return key.slice(prefix.length)
    return key === "kubernetes.io/role" ? value : ""
  })
  return [...new Set(found.filter((role) => role !== ""))].sort()
}

const event: CellMaker = (object, now) => {
  const micro = since(stringAt(object, "eventTime"), now)
  const firstSeen = stringAt(object, "firstTimestamp")
  const lastSeen = stringAt(object, "lastTimestamp")
  const first = firstSeen === undefined ? micro : since(firstSeen, now)
  const series = valueAt(object, "series")
  let last = lastSeen === undefined ? first : since(lastSeen, now)
  if (isRecord(series)) last = since(stringAt(series, "lastObservedTime"), now)
  const involved = valueAt(object, "involvedObject")
  const target = [text(involved, "kind").toLowerCase(), text(involved, "name")].filter((part) => part !== "")
  const source = [
    text(object, "source.component") || text(object, "reportingComponent"),
    text(object, "source.host") || text(object, "reportingInstance"),
  ]
  return [
    last,
    text(object, "type"),
    text(object, "reason"),
    target.join("/"),
    text(involved, "fieldPath"),
    source[1] === "" ? (source[0] ?? "") : source.join(", "),
    text(object, "message").trim(),
    first,
    isRecord(series) ? count(series, "count") : count(object, "count") || 1,
    name(object),
  ]
}

/** The newer API calls its fields differently. */
const newEvent: CellMaker = (object, now) =>
  event(
    {
      ...object,
      involvedObject: valueAt(object, "regarding"),
      message: valueAt(object, "note"),
      source: valueAt(object, "deprecatedSource"),
      reportingComponent: valueAt(object, "reportingController"),
      firstTimestamp: valueAt(object, "deprecatedFirstTimestamp"),
      lastTimestamp: valueAt(object, "deprecatedLastTimestamp"),
      count: valueAt(object, "deprecatedCount"),
    } as KubeObject,
    now,
  )

const binding: CellMaker = (object, now) => {
  const subjects = list(object, "subjects")
  const named = (kind: string, show: (subject: unknown) => string): string =>
    subjects
      .filter((one) => stringAt(one, "kind") === kind)
      .map(show)
      .join(", ")
  return [
    name(object),
    `${text(object, "roleRef.kind")}/${text(object, "roleRef.name")}`,
    age(object, now),
    named("User", (one) => text(one, "name")),
    named("Group", (one) => text(one, "name")),
    named("ServiceAccount", (one) => `${text(one, "namespace")}/${text(one, "name")}`),
  ]
}

const amount = (quantity: unknown): string => (typeof quantity === "string" ? quantity : "0")

const resourceQuota: CellMaker = (object, now) => {
  const hard = recordAt(recordAt(object, "status"), "hard")
  const used = recordAt(recordAt(object, "status"), "used")
  const shown = (limits: boolean): string =>
    Object.keys(hard)
      .sort()
      .filter((resource) => resource.startsWith("limits.") === limits)
      .map((resource) => `${resource}: ${amount(used[resource])}/${amount(hard[resource])}`)
      .join(", ")
  return [name(object), shown(false), shown(true), age(object, now)]
}

const apiService: CellMaker = (object, now) => {
  const service = valueAt(object, "spec", "service")
  const available = condition(object, "Available")
  const status = text(available, "status", "Unknown")
  const reason = text(available, "reason")
  return [
    name(object),
    isRecord(service) ? `${text(service, "namespace")}/${text(service, "name")}` : "Local",
    status === "True" || reason === "" ? status : `${status} (${reason})`,
    age(object, now),
  ]
}

const certificateSigningRequest: CellMaker = (object, now) => {
  const seconds = valueAt(object, "spec", "expirationSeconds")
  const has = (type: string): boolean => condition(object, type) !== undefined
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending"
  const issued = text(object, "status.certificate") === "" ? "" : ",Issued"
  return [
    name(object),
    age(object, now),
    text(object, "spec.signerName", "<none>"),
    text(object, "spec.username"),
    typeof seconds === "number" ? humanDuration(seconds) : "<none>",
    `${decision}${has("Failed") ? ",Failed" : ""}${issued}`,
  ]
}

const flowSchema: CellMaker = (object, now) => [
  name(object),
  text(object, "spec.priorityLevelConfiguration.name"),
  count(object, "spec.matchingPrecedence"),
  text(object, "spec.distinguisherMethod.type", "<none>"),
  age(object, now),
  text(condition(object, "Dangling"), "status", "?"),
]

const priorityLevel: CellMaker = (object, now) => {
  const limited = valueAt(object, "spec", "limited")
  const number = (path: string): Cell => {
    const value = valueAt(limited, ...path.split("."))
    return typeof value === "number" ? value : "<none>"
  }
  return [
    name(object),
    text(object, "spec.type"),
    number("nominalConcurrencyShares"),
    number("limitResponse.queuing.queues"),
    number("limitResponse.queuing.handSize"),
    number("limitResponse.queuing.queueLengthLimit"),
    age(object, now),
  ]
}

const webhooks: CellMaker = (object, now) => [name(object), list(object, "webhooks").length, age(object, now)]
const nameAndAge: CellMaker = (object, now) => [name(object), age(object, now)]

export const clusterCells: Readonly<Record<string, CellMaker>> = {
  "/namespaces": (object, now) => [name(object), text(object, "status.phase"), age(object, now)],
  "/nodes": node,
  "/events": event,
  "events.k8s.io/events": newEvent,
  "/configmaps": (object, now) => [name(object), size(object, "data") + size(object, "binaryData"), age(object, now)],
  "/secrets": (object, now) => [name(object), text(object, "type"), size(object, "data"), age(object, now)],
  "/serviceaccounts": nameAndAge,
  "/resourcequotas": resourceQuota,
  "rbac.authorization.k8s.io/rolebindings": binding,
  "rbac.authorization.k8s.io/clusterrolebindings": binding,
  "coordination.k8s.io/leases": (object, now) => [name(object), text(object, "spec.holderIdentity"), age(object, now)],
  "apiregistration.k8s.io/apiservices": apiService,
  "certificates.k8s.io/certificatesigningrequests": certificateSigningRequest,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhooks,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhooks,
  "flowcontrol.apiserver.k8s.io/flowschemas": flowSchema,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": priorityLevel,
  "node.k8s.io/runtimeclasses": (object, now) => [name(object), text(object, "handler"), age(object, now)],
  "scheduling.k8s.io/priorityclasses": (object, now) => [
    name(object),
    count(object, "value"),
    flag(object, "globalDefault"),
    age(object, now),
    text(object, "preemptionPolicy"),
  ],
  "resource.k8s.io/deviceclasses": nameAndAge,
  "resource.k8s.io/resourceclaimtemplates": nameAndAge,
}
