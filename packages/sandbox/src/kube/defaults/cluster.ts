import { isRecord, listAt, recordAt, stringAt, type Json } from "../json.ts"
import { fill, within, type Defaulter } from "./fill.ts"

const RBAC = "rbac.authorization.k8s.io"

const namespace: Defaulter = (value) => {
  const name = stringAt(value, "metadata", "name") ?? ""
  const labelled =
    name === ""
      ? value
      : within(value, "metadata", (metadata) =>
          within(metadata, "labels", (labels) => ({ ...labels, "kubernetes.io/metadata.name": name })),
        )
  return within(labelled, "status", (status) => fill(status, { phase: "Active" }))
}

/** Texts given in clear go where all data is. */
const secret: Defaulter = (value) => {
  const { stringData, ...rest } = value
  const typed = fill(rest, { type: "Opaque" })
  if (!isRecord(stringData)) return typed
  const encoded = Object.entries(stringData).map(([key, text]) => [key, Buffer.from(String(text)).toString("base64")])
  return encoded.length === 0
    ? typed
    : { ...typed, data: { ...recordAt(typed, "data"), ...Object.fromEntries(encoded) } }
}

const roleRef: Defaulter = (value) => within(value, "roleRef", (ref) => fill(ref, { apiGroup: RBAC }))

const subject: Defaulter = (value) =>
  value["kind"] === "User" || value["kind"] === "Group" ? fill(value, { apiGroup: RBAC }) : value

const limitRangeItem: Defaulter = (value) => {
  if (value["type"] !== "Container") return value
  const limits = { ...recordAt(value, "max"), ...recordAt(value, "default") }
  const requests = { ...recordAt(value, "min"), ...limits, ...recordAt(value, "defaultRequest") }
  return {
    ...value,
    ...(Object.keys(limits).length === 0 ? {} : { default: limits }),
    ...(Object.keys(requests).length === 0 ? {} : { defaultRequest: requests }),
  }
}

const nodeStatus: Defaulter = (value) =>
  isRecord(value["capacity"]) ? fill(value, { allocatable: value["capacity"] }) : value

const persistentVolume: Defaulter = (value) =>
  within(
    within(value, "status", (status) => fill(status, { phase: "Pending" })),
    "spec",
    (spec) => fill(spec, { persistentVolumeReclaimPolicy: "Retain", volumeMode: "Filesystem" }),
  )

const cpuTarget: Json = {
  type: "Resource",
  resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } },
}

const horizontalPodAutoscaler: Defaulter = (value) =>
  within(value, "spec", (spec) => {
    const measured = listAt(spec, "metrics").length > 0 ? spec : { ...spec, metrics: [cpuTarget] }
    const filled = fill(measured, { minReplicas: 1 })
    if (!isRecord(filled["behavior"])) return filled
    return within(filled, "behavior", (behavior) => ({
      ...behavior,
      scaleUp: scalingRules(recordAt(behavior, "scaleUp"), {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      }),
      scaleDown: scalingRules(recordAt(behavior, "scaleDown"), {
        selectPolicy: "Max",
        policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
      }),
    }))
  })

const scalingRules = (rules: Json, defaults: Json): Json => fill(rules, defaults)

const customResourceDefinition: Defaulter = (value) => {
  const stored = listAt(value, "spec", "versions").filter((version) => isRecord(version) && version["storage"] === true)
  const storage = stringAt(stored[0], "name")
  const named = within(value, "spec", (spec) =>
    within(fill(spec, { conversion: { strategy: "None" } }), "names", (names) => {
      const kind = stringAt(names, "kind") ?? ""
      return fill(names, { singular: kind.toLowerCase(), ...(kind === "" ? {} : { listKind: `${kind}List` }) })
    }),
  )
  if (storage === undefined || listAt(value, "status", "storedVersions").length > 0) return named
  return within(named, "status", (status) => ({ ...status, storedVersions: [storage] }))
}

const webhook: Defaulter = (value) =>
  fill(value, {
    failurePolicy: "Fail",
    matchPolicy: "Equivalent",
    namespaceSelector: {},
    objectSelector: {},
    timeoutSeconds: 10,
  })

const servicePort: Defaulter = (value) => fill(value, { port: 443 })
const failurePolicy: Defaulter = (value) => fill(value, { failurePolicy: "Fail" })

const csiDriver: Defaulter = (value) =>
  within(value, "spec", (spec) => ({
    ...fill(spec, {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: "ReadWriteOnceWithFSType",
      requiresRepublish: false,
      seLinuxMount: false,
    }),
    ...(listAt(spec, "volumeLifecycleModes").length === 0 ? { volumeLifecycleModes: ["Persistent"] } : {}),
  }))

export const clusterDefaults: Readonly<Record<string, Defaulter>> = {
  "core.v1.Namespace": namespace,
  "core.v1.Secret": secret,
  "core.v1.LimitRangeItem": limitRangeItem,
  "core.v1.NodeStatus": nodeStatus,
  "core.v1.PersistentVolume": persistentVolume,
  "core.v1.PersistentVolumeClaim": (value) => within(value, "status", (status) => fill(status, { phase: "Pending" })),
  "core.v1.PersistentVolumeClaimSpec": (value) => fill(value, { volumeMode: "Filesystem" }),
  "autoscaling.v1.HorizontalPodAutoscaler": (value) => within(value, "spec", (spec) => fill(spec, { minReplicas: 1 })),
  "autoscaling.v2.HorizontalPodAutoscaler": horizontalPodAutoscaler,
  "rbac.v1.RoleBinding": roleRef,
  "rbac.v1.ClusterRoleBinding": roleRef,
  "rbac.v1.Subject": subject,
  "scheduling.v1.PriorityClass": (value) => fill(value, { preemptionPolicy: "PreemptLowerPriority" }),
  "storage.v1.StorageClass": (value) => fill(value, { reclaimPolicy: "Delete", volumeBindingMode: "Immediate" }),
  "storage.v1.CSIDriver": csiDriver,
  "apiextensions.v1.CustomResourceDefinition": customResourceDefinition,
  "apiextensions.v1.ServiceReference": servicePort,
  "apiregistration.v1.ServiceReference": servicePort,
  "admissionregistration.v1.ServiceReference": servicePort,
  "admissionregistration.v1.ValidatingWebhook": webhook,
  "admissionregistration.v1.MutatingWebhook": (value) => fill(webhook(value), { reinvocationPolicy: "Never" }),
  "admissionregistration.v1.Rule": (value) => fill(value, { scope: "*" }),
  "admissionregistration.v1.RuleWithOperations": (value) => fill(value, { scope: "*" }),
  "admissionregistration.v1.NamedRuleWithOperations": (value) => fill(value, { scope: "*" }),
  "admissionregistration.v1.ValidatingAdmissionPolicySpec": failurePolicy,
  "admissionregistration.v1.MutatingAdmissionPolicySpec": failurePolicy,
  "admissionregistration.v1.MatchResources": (value) =>
    fill(value, { matchPolicy: "Equivalent", namespaceSelector: {}, objectSelector: {} }),
}
