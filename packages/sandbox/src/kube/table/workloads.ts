import type { KubeObject } from "../client.ts"
import { stringAt, valueAt } from "../json.ts"
import {
  age,
  condition,
  containers,
  count,
  isTrue,
  labels,
  list,
  name,
  selector,
  selectorOrNone,
  text,
  type CellMaker,
} from "./cells.ts"
import { humanDuration, since } from "./duration.ts"

const POD_CONTAINERS = "spec.template.spec.containers"
const podSelector = (object: KubeObject): unknown => valueAt(object, "spec", "selector")

const deployment: CellMaker = (object, now) => [
  name(object),
  `${count(object, "status.readyReplicas")}/${count(object, "spec.replicas")}`,
  count(object, "status.updatedReplicas"),
  count(object, "status.availableReplicas"),
  age(object, now),
  ...containers(object, POD_CONTAINERS),
  selector(podSelector(object)),
]

const replicas = (object: KubeObject, now: Date) => [
  name(object),
  count(object, "spec.replicas"),
  count(object, "status.replicas"),
  count(object, "status.readyReplicas"),
  age(object, now),
]

const replicaSet: CellMaker = (object, now) => [
  ...replicas(object, now),
  ...containers(object, POD_CONTAINERS),
  selectorOrNone(podSelector(object)),
]

const replicationController: CellMaker = (object, now) => [
  ...replicas(object, now),
  ...containers(object, POD_CONTAINERS),
  labels(podSelector(object)),
]

const statefulSet: CellMaker = (object, now) => [
  name(object),
  `${count(object, "status.readyReplicas")}/${count(object, "spec.replicas")}`,
  age(object, now),
  ...containers(object, POD_CONTAINERS),
]

const daemonSet: CellMaker = (object, now) => [
  name(object),
  count(object, "status.desiredNumberScheduled"),
  count(object, "status.currentNumberScheduled"),
  count(object, "status.numberReady"),
  count(object, "status.updatedNumberScheduled"),
  count(object, "status.numberAvailable"),
  labels(valueAt(object, "spec", "template", "spec", "nodeSelector")),
  age(object, now),
  ...containers(object, POD_CONTAINERS),
  selectorOrNone(podSelector(object)),
]

const job: CellMaker = (object, now) => [
  name(object),
  jobStatus(object),
  completions(object),
  jobDuration(object, now),
  age(object, now),
  ...containers(object, POD_CONTAINERS),
  selectorOrNone(podSelector(object)),
]

function jobStatus(object: KubeObject): string {
  if (isTrue(object, "Complete")) return "Complete"
  if (isTrue(object, "Failed")) return "Failed"
  if (object.metadata.deletionTimestamp !== undefined) return "Terminating"
  const others = ["Suspended", "FailureTarget", "SuccessCriteriaMet"]
  return others.find((type) => condition(object, type)?.["status"] === "True") ?? "Running"
}

function completions(object: KubeObject): string {
  const succeeded = count(object, "status.succeeded")
  const wanted = valueAt(object, "spec", "completions")
  if (typeof wanted === "number") return `${succeeded}/${wanted}`
  const parallelism = count(object, "spec.parallelism")
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`
}

function jobDuration(object: KubeObject, now: Date): string {
  const started = stringAt(object, "status", "startTime")
  if (started === undefined) return ""
  const ended = stringAt(object, "status", "completionTime")
  return humanDuration(((ended === undefined ? now.getTime() : Date.parse(ended)) - Date.parse(started)) / 1000)
}

const cronJob: CellMaker = (object, now) => {
  const last = stringAt(object, "status", "lastScheduleTime")
  const suspend = valueAt(object, "spec", "suspend")
  return [
    name(object),
    text(object, "spec.schedule"),
    text(object, "spec.timeZone", "<none>"),
    suspend === undefined ? "<unset>" : suspend === true ? "True" : "False",
    list(object, "status.active").length,
    last === undefined ? "<none>" : since(last, now),
    age(object, now),
    ...containers(object, "spec.jobTemplate.spec.template.spec.containers"),
    selectorOrNone(valueAt(object, "spec", "jobTemplate", "spec", "selector")),
  ]
}

const controllerRevision: CellMaker = (object, now) => {
  const owner = object.metadata.ownerReferences?.find((one) => one.controller === true)
  const group = owner?.apiVersion.includes("/") === true ? `.${owner.apiVersion.replace(/\/.*$/, "")}` : ""
  return [
    name(object),
    owner === undefined ? "<none>" : `${owner.kind}${group}`.toLowerCase() + `/${owner.name}`,
    count(object, "revision"),
    age(object, now),
  ]
}

const podTemplate: CellMaker = (object) => [
  name(object),
  ...containers(object, "template.spec.containers"),
  labels(valueAt(object, "template", "metadata", "labels")),
]

const podDisruptionBudget: CellMaker = (object, now) => [
  name(object),
  text(object, "spec.minAvailable", "N/A"),
  text(object, "spec.maxUnavailable", "N/A"),
  count(object, "status.disruptionsAllowed"),
  age(object, now),
]

export const workloadCells: Readonly<Record<string, CellMaker>> = {
  "apps/deployments": deployment,
  "apps/replicasets": replicaSet,
  "apps/statefulsets": statefulSet,
  "apps/daemonsets": daemonSet,
  "apps/controllerrevisions": controllerRevision,
  "batch/jobs": job,
  "batch/cronjobs": cronJob,
  "policy/poddisruptionbudgets": podDisruptionBudget,
  "/replicationcontrollers": replicationController,
  "/podtemplates": podTemplate,
}
