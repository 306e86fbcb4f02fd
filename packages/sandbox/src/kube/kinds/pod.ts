import type { KubeObject } from "../client.ts"
import { isRecord, type Json, listAt, numberAt, recordAt, stringAt, valueAt, withValue } from "../json.ts"
import { textAt } from "../selectors/index.ts"
import { type KindRules, PLAIN, specChanged } from "./rules.ts"

export const POD: KindRules = {
  ...PLAIN,
  hasStatus: true,
  returnsDeleted: true,
  desiredStateChanged: specChanged,
  initialStatus: (pod, { now }) => ({ ...gated(pod, now), phase: "Pending", qosClass: qosClass(pod) }),
  selectable: {
    fields: {
      "spec.nodeName": textAt("spec.nodeName"),
      "spec.restartPolicy": textAt("spec.restartPolicy"),
      "spec.schedulerName": textAt("spec.schedulerName"),
      "spec.serviceAccountName": textAt("spec.serviceAccountName"),
      "spec.hostNetwork": textAt("spec.hostNetwork", "false"),
      "status.phase": textAt("status.phase"),
      "status.podIP": textAt("status.podIP"),
      "status.podIPs": textAt("status.podIP"),
      "status.nominatedNodeName": textAt("status.nominatedNodeName"),
    },
    unknown: (field) => `field label not supported: ${field}`,
  },
  parts: {
    ephemeralcontainers: (sent, old) =>
      withValue(old, ["spec", "ephemeralContainers"], listAt(sent, "spec", "ephemeralContainers")),
    resize: (sent, old) => {
      const resized = withValue(old, ["spec", "containers"], resizedContainers(sent, old, "containers"))
      return listAt(old, "spec", "initContainers").length === 0
        ? resized
        : withValue(resized, ["spec", "initContainers"], resizedContainers(sent, old, "initContainers"))
    },
  },
  // Metadata comes with a pod's status, but who owns it does not.
  prepareStatus: (result, old) => {
    const owned = withValue(result, ["metadata", "ownerReferences"], old.metadata.ownerReferences)
    const qos = stringAt(old, "status", "qosClass")
    const complete = stringAt(result, "status", "qosClass") === undefined && qos !== undefined
    return complete ? withValue(owned, ["status", "qosClass"], qos) : owned
  },
  gracePeriod: (pod, asked) => {
    const phase = stringAt(pod, "status", "phase")
    if ((stringAt(pod, "spec", "nodeName") ?? "") === "" || phase === "Failed" || phase === "Succeeded") return 0
    const seconds = asked ?? numberAt(pod, "spec", "terminationGracePeriodSeconds") ?? 0
    return seconds < 0 ? 1 : seconds
  },
}

/** A pod that somebody holds back says so from the beginning; a scheduler does not look at it. */
function gated(pod: KubeObject, now: string): Json {
  if (listAt(pod, "spec", "schedulingGates").length === 0) return {}
  const condition = {
    type: "PodScheduled",
    status: "False",
    reason: "SchedulingGated",
    message: "Scheduling is blocked due to non-empty scheduling gates",
    lastProbeTime: null,
    lastTransitionTime: now,
  }
  return { conditions: [condition] }
}

/** The containers as they are, with the resources that were sent for them. */
function resizedContainers(sent: KubeObject, old: KubeObject, field: string): unknown[] {
  const wanted = new Map(listAt(sent, "spec", field).map((container) => [stringAt(container, "name"), container]))
  return listAt(old, "spec", field).map((container) => {
    const from = wanted.get(stringAt(container, "name"))
    if (!isRecord(container) || !isRecord(from)) return container
    const resources = withValue(container, ["resources"], from["resources"])
    return withValue(resources, ["resizePolicy"], from["resizePolicy"])
  })
}

/** Guaranteed, Burstable or BestEffort, by the cpu and memory of all containers. */
export function qosClass(pod: KubeObject): string {
  const containers = [...listAt(pod, "spec", "containers"), ...listAt(pod, "spec", "initContainers")]
  const amounts = containers.map((container) => {
    const resources = isRecord(container) ? recordAt(container, "resources") : {}
    return ["cpu", "memory"].map((name) => {
      const limit = nonZero(valueAt(resources, "limits", name))
      return { limit, request: nonZero(valueAt(resources, "requests", name)) ?? limit }
    })
  })
  const all = amounts.flat()
  if (all.every(({ limit, request }) => limit === undefined && request === undefined)) return "BestEffort"
  return all.every(({ limit, request }) => limit !== undefined && request === limit) ? "Guaranteed" : "Burstable"
}

function nonZero(quantity: unknown): string | undefined {
  const text = typeof quantity === "string" || typeof quantity === "number" ? String(quantity) : ""
  return /[1-9]/.test(text) ? text : undefined
}
