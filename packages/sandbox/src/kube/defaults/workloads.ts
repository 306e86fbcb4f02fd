import { isRecord, recordAt, type Json } from "../json.ts"
import { eachOf, fill, isUnset, within, type Defaulter } from "./fill.ts"

const replicas: Defaulter = (value) => within(value, "spec", (spec) => fill(spec, { replicas: 1 }))

const deployment: Defaulter = (value) =>
  within(value, "spec", (spec) =>
    within(
      fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600 }),
      "strategy",
      (strategy) => rolling(strategy, { maxUnavailable: "25%", maxSurge: "25%" }),
    ),
  )

const daemonSet: Defaulter = (value) =>
  within(value, "spec", (spec) =>
    within(fill(spec, { revisionHistoryLimit: 10 }), "updateStrategy", (strategy) =>
      rolling(strategy, { maxUnavailable: 1, maxSurge: 0 }),
    ),
  )

function rolling(strategy: Json, defaults: Json): Json {
  const typed = fill(strategy, { type: "RollingUpdate" })
  if (typed["type"] !== "RollingUpdate") return typed
  return within(typed, "rollingUpdate", (update) => fill(update, defaults))
}

const statefulSet: Defaulter = (value) =>
  within(value, "spec", (spec) => {
    const filled = fill(spec, {
      podManagementPolicy: "OrderedReady",
      persistentVolumeClaimRetentionPolicy: {},
      replicas: 1,
      revisionHistoryLimit: 10,
    })
    const retained = within(filled, "persistentVolumeClaimRetentionPolicy", (policy) =>
      fill(policy, { whenDeleted: "Retain", whenScaled: "Retain" }),
    )
    const claims = eachOf(retained, "volumeClaimTemplates", (claim) => ({
      ...claim,
      kind: "PersistentVolumeClaim",
      apiVersion: "v1",
    }))
    return within(claims, "updateStrategy", partition)
  })

/** A strategy that is named without its settings stays without. */
function partition(strategy: Json): Json {
  if (isUnset(strategy["type"])) {
    return { ...strategy, type: "RollingUpdate", rollingUpdate: partitioned(recordAt(strategy, "rollingUpdate")) }
  }
  if (strategy["type"] !== "RollingUpdate" || !isRecord(strategy["rollingUpdate"])) return strategy
  return within(strategy, "rollingUpdate", partitioned)
}

const partitioned = (update: Json): Json => fill(update, { partition: 0 })

const job: Defaulter = (value) => {
  const spec = recordAt(value, "spec")
  const single = isUnset(spec["completions"]) && isUnset(spec["parallelism"])
  const labels = recordAt(recordAt(recordAt(spec, "template"), "metadata"), "labels")
  const own = recordAt(recordAt(value, "metadata"), "labels")
  const labelled =
    Object.keys(labels).length > 0 && Object.keys(own).length === 0
      ? within(value, "metadata", (metadata) => ({ ...metadata, labels }))
      : value
  return within(labelled, "spec", (before) =>
    fill(before, {
      ...(single ? { completions: 1 } : {}),
      parallelism: 1,
      backoffLimit: isUnset(before["backoffLimitPerIndex"]) ? 6 : 2 ** 31 - 1,
      completionMode: "NonIndexed",
      suspend: false,
      podReplacementPolicy: isUnset(before["podFailurePolicy"]) ? "TerminatingOrFailed" : "Failed",
      manualSelector: false,
    }),
  )
}

const cronJob: Defaulter = (value) =>
  within(value, "spec", (spec) =>
    fill(spec, {
      concurrencyPolicy: "Allow",
      suspend: false,
      successfulJobsHistoryLimit: 3,
      failedJobsHistoryLimit: 1,
    }),
  )

const replicationController: Defaulter = (value) => {
  const labels = recordAt(recordAt(recordAt(recordAt(value, "spec"), "template"), "metadata"), "labels")
  if (Object.keys(labels).length === 0) return value
  const unlabelled = Object.keys(recordAt(recordAt(value, "metadata"), "labels")).length === 0
  const labelled = unlabelled ? within(value, "metadata", (metadata) => ({ ...metadata, labels })) : value
  return within(labelled, "spec", (spec) => fill(spec, { selector: labels }))
}

export const workloadDefaults: Readonly<Record<string, Defaulter>> = {
  "apps.v1.Deployment": deployment,
  "apps.v1.ReplicaSet": replicas,
  "apps.v1.DaemonSet": daemonSet,
  "apps.v1.StatefulSet": statefulSet,
  "batch.v1.Job": job,
  "batch.v1.CronJob": cronJob,
  "batch.v1.PodFailurePolicyOnPodConditionsPattern": (value) => fill(value, { status: "True" }),
  "core.v1.ReplicationController": replicationController,
}
