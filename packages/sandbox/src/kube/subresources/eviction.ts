import { ApiError, type KubeObject } from "../client.ts"
import { badRequest } from "../errors.ts"
import { isRecord, listAt, numberAt, recordAt, stringAt, withValue } from "../json.ts"
import { labelSelectorOf } from "../selectors/index.ts"
import { keyOf } from "../store/index.ts"
import { type DeleteOptions, get, type Machinery, remove, store, type Target, timestamp } from "../verbs/index.ts"

const BUDGETS = "policy/poddisruptionbudgets"

/** Deletes the pod if its disruption budget, where it has one, allows that. Throws a 429 if not now. */
export function evict(machinery: Machinery, pod: Target, eviction: KubeObject, options: DeleteOptions): void {
  if ((eviction.metadata.name ?? pod.name) !== pod.name)
    throw badRequest("name in URL does not match name in Eviction object")
  const old = get(machinery, pod)
  const budget = ignoresBudget(old) ? undefined : budgetOf(machinery, old)
  if (budget !== undefined && !isHealthyAnyway(old, budget)) spend(machinery, budget, pod, options.dryRun)
  if (!options.dryRun) store(machinery, pod, withDisruption(old, machinery))
  remove(machinery, pod, options)
}

/** Pods that have ended, or were never started, or are going anyway, disturb nothing. */
function ignoresBudget(pod: KubeObject): boolean {
  const phase = stringAt(pod, "status", "phase")
  return (
    phase === "Succeeded" || phase === "Failed" || phase === "Pending" || pod.metadata.deletionTimestamp !== undefined
  )
}

function budgetOf(machinery: Machinery, pod: KubeObject): KubeObject | undefined {
  const budgets = machinery.store
    .collection(BUDGETS)
    .list()
    .filter(
      (budget) =>
        budget.metadata.namespace === pod.metadata.namespace &&
        labelSelectorOf(recordAt(recordAt(budget, "spec"), "selector"))(pod.metadata.labels ?? {}),
    )
  if (budgets.length > 1)
    throw new ApiError(
      500,
      "",
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.",
    )
  return budgets[0]
}

/** A pod that is not ready counts for nothing while enough others are. */
function isHealthyAnyway(pod: KubeObject, budget: KubeObject): boolean {
  const ready = listAt(pod, "status", "conditions").some(
    (condition) => isRecord(condition) && condition["type"] === "Ready" && condition["status"] === "True",
  )
  if (ready) return false
  if (stringAt(budget, "spec", "unhealthyPodEvictionPolicy") === "AlwaysAllow") return true
  const wanted = numberAt(budget, "status", "desiredHealthy") ?? 0
  return wanted > 0 && (numberAt(budget, "status", "currentHealthy") ?? 0) >= wanted
}

function spend(machinery: Machinery, budget: KubeObject, pod: Target, dryRun: boolean): void {
  const name = budget.metadata.name ?? ""
  const count = (field: string): number => numberAt(budget, "status", field) ?? 0
  if (count("observedGeneration") < (budget.metadata.generation ?? 0))
    throw tooManyRequests(`The disruption budget ${name} is still being processed by the server.`)
  const allowed = count("disruptionsAllowed")
  if (allowed <= 0)
    throw tooManyRequests(
      `The disruption budget ${name} needs ${count("desiredHealthy")} healthy pods and has ${count("currentHealthy")} currently`,
    )
  if (dryRun) return
  const spent = withValue(budget, ["status", "disruptionsAllowed"], allowed - 1)
  const disrupted = {
    ...recordAt(recordAt(spent, "status"), "disruptedPods"),
    [pod.name]: timestamp(machinery.clock()),
  }
  machinery.store
    .collection(BUDGETS)
    .put(keyOf(budget.metadata.namespace, name), withValue(spent, ["status", "disruptedPods"], disrupted))
}

function tooManyRequests(message: string): ApiError {
  return new ApiError(429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", {
    causes: [{ reason: "DisruptionBudget", message }],
  })
}

function withDisruption(pod: KubeObject, machinery: Machinery): KubeObject {
  const others = listAt(pod, "status", "conditions").filter(
    (condition) => !isRecord(condition) || condition["type"] !== "DisruptionTarget",
  )
  const target = {
    type: "DisruptionTarget",
    status: "True",
    reason: "EvictionByEvictionAPI",
    message: "Eviction API: evicting",
    lastProbeTime: null,
    lastTransitionTime: timestamp(machinery.clock()),
  }
  return withValue(pod, ["status", "conditions"], [...others, target])
}
