import type { KubeObject } from "../client.ts"
import { isRecord, listAt, numberAt, stringAt, valueAt, withValue } from "../json.ts"
import type { Store } from "../store/index.ts"
import type { Target } from "../verbs/index.ts"
import { refused } from "./refused.ts"

const CLASSES = "scheduling.k8s.io/priorityclasses"

/** The number and policy of the pod's priority class: the named one, else the cluster's default one, else none. */
export function withPriority(pod: KubeObject, { resource }: Target, store: Store): KubeObject {
  const named = stringAt(pod, "spec", "priorityClassName") ?? ""
  const classes = store.collection(CLASSES)
  const found =
    named === "" ? classes.list().find((candidate) => valueAt(candidate, "globalDefault") === true) : classes.get(named)
  if (named !== "" && found === undefined) throw refused(resource, pod, `no PriorityClass with name ${named} was found`)
  const name = named === "" ? found?.metadata.name : named
  const policy = stringAt(pod, "spec", "preemptionPolicy") ?? stringAt(found, "preemptionPolicy")
  const classed = name === undefined ? pod : withValue(pod, ["spec", "priorityClassName"], name)
  const valued = withValue(classed, ["spec", "priority"], numberAt(found, "value") ?? 0)
  return withValue(valued, ["spec", "preemptionPolicy"], policy ?? "PreemptLowerPriority")
}

const UNAVAILABLE = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"]
const TOLERATED_SECONDS = 300

/** A pod stays on a node that fails for five minutes, unless it says otherwise. */
export function withTolerations(pod: KubeObject): KubeObject {
  const given = listAt(pod, "spec", "tolerations")
  const added = UNAVAILABLE.filter((key) => !given.some((toleration) => tolerates(toleration, key))).map((key) => ({
    key,
    operator: "Exists",
    effect: "NoExecute",
    tolerationSeconds: TOLERATED_SECONDS,
  }))
  return added.length === 0 ? pod : withValue(pod, ["spec", "tolerations"], [...given, ...added])
}

function tolerates(toleration: unknown, key: string): boolean {
  if (!isRecord(toleration)) return false
  const { key: own = "", effect = "" } = toleration
  return (own === key || own === "") && (effect === "NoExecute" || effect === "")
}
