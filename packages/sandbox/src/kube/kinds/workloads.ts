import type { KubeObject } from "../client.ts"
import { equalJson, isRecord, recordAt, valueAt, withValue } from "../json.ts"
import { textAt } from "../selectors/index.ts"
import { bodyChanged, type KindRules, PLAIN, specChanged } from "./rules.ts"

const WORKLOAD: KindRules = { ...PLAIN, hasStatus: true, desiredStateChanged: specChanged, initialStatus: () => ({}) }

/** Annotations count too: they are copied to the replica sets. */
const DEPLOYMENT: KindRules = {
  ...WORKLOAD,
  desiredStateChanged: (object, old) =>
    specChanged(object, old) || !equalJson(object.metadata.annotations ?? {}, old.metadata.annotations ?? {}),
  prepareStatus: (result, old) => withValue(result, ["metadata", "labels"], old.metadata.labels),
}

const REPLICA_SET: KindRules = { ...WORKLOAD, initialStatus: () => ({ replicas: 0 }) }

const REPLICATION_CONTROLLER: KindRules = {
  ...REPLICA_SET,
  defaultPropagation: "Orphan",
  selectable: {
    fields: { "status.replicas": textAt("status.replicas", "0") },
    unknown: (field) => `field label not supported: ${field}`,
  },
}

const STATEFUL_SET: KindRules = { ...WORKLOAD, initialStatus: () => ({ availableReplicas: 0, replicas: 0 }) }

const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation"

const DAEMON_SET: KindRules = {
  ...WORKLOAD,
  initialStatus: () => ({
    currentNumberScheduled: 0,
    desiredNumberScheduled: 0,
    numberMisscheduled: 0,
    numberReady: 0,
  }),
  prepareCreate: (object) => withTemplateGeneration(object, 1),
  prepareUpdate: (object, old) => {
    const last = Number(old.metadata.annotations?.[TEMPLATE_GENERATION] ?? 0)
    const changed = !equalJson(valueAt(object, "spec", "template"), valueAt(old, "spec", "template"))
    return withTemplateGeneration(object, changed ? last + 1 : last)
  },
}

function withTemplateGeneration(object: KubeObject, generation: number): KubeObject {
  return withValue(object, ["metadata", "annotations", TEMPLATE_GENERATION], String(generation))
}

const JOB: KindRules = {
  ...WORKLOAD,
  defaultPropagation: "Orphan",
  selectable: {
    fields: { "status.successful": textAt("status.succeeded", "0") },
    unknown: (field) => `field label "${field}" not supported for Job`,
  },
  prepareCreate: withGeneratedSelector,
  allocate: (job, old) => (old === undefined ? withLabelsOfPods(job) : job),
}

/** A job selects its pods by its own uid, unless the user said to do so by hand. */
function withGeneratedSelector(job: KubeObject): KubeObject {
  if (valueAt(job, "spec", "manualSelector") === true) return job
  const uid = job.metadata.uid ?? ""
  const generated = {
    "batch.kubernetes.io/controller-uid": uid,
    "batch.kubernetes.io/job-name": job.metadata.name ?? "",
    "controller-uid": uid,
    "job-name": job.metadata.name ?? "",
  }
  const given = valueAt(job, "spec", "template", "metadata", "labels")
  const labels = isRecord(given) ? given : {}
  const labelled = withValue(job, ["spec", "template", "metadata", "labels"], inOrder({ ...labels, ...generated }))
  const selector = recordAt(recordAt(job, "spec"), "selector")
  return withValue(labelled, ["spec", "selector"], {
    ...selector,
    matchLabels: inOrder({ ...recordAt(selector, "matchLabels"), "batch.kubernetes.io/controller-uid": uid }),
  })
}

/** A job without labels of its own has those of its pods; they are filled in after it was found valid. */
function withLabelsOfPods(job: KubeObject): KubeObject {
  if (Object.keys(job.metadata.labels ?? {}).length > 0) return job
  return withValue(job, ["metadata", "labels"], valueAt(job, "spec", "template", "metadata", "labels"))
}

const inOrder = (map: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)))

const HORIZONTAL_POD_AUTOSCALER: KindRules = {
  ...PLAIN,
  hasStatus: true,
  initialStatus: () => ({ currentMetrics: null, desiredReplicas: 0 }),
}

const POD_DISRUPTION_BUDGET: KindRules = {
  ...WORKLOAD,
  unconditionalUpdate: false,
  initialStatus: () => ({ currentHealthy: 0, desiredHealthy: 0, disruptionsAllowed: 0, expectedPods: 0 }),
}

const POD_TEMPLATE: KindRules = { ...PLAIN, returnsDeleted: true, desiredStateChanged: bodyChanged }

/** By storage name. */
export const WORKLOADS: Readonly<Record<string, KindRules>> = {
  "apps/deployments": DEPLOYMENT,
  "apps/replicasets": REPLICA_SET,
  "apps/statefulsets": STATEFUL_SET,
  "apps/daemonsets": DAEMON_SET,
  replicationcontrollers: REPLICATION_CONTROLLER,
  podtemplates: POD_TEMPLATE,
  "batch/jobs": JOB,
  "batch/cronjobs": WORKLOAD,
  "autoscaling/horizontalpodautoscalers": HORIZONTAL_POD_AUTOSCALER,
  "policy/poddisruptionbudgets": POD_DISRUPTION_BUDGET,
}
