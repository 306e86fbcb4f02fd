import type { KubeObject } from "../client.ts"
import { badRequest, conflict } from "../errors.ts"
import { isRecord, listAt, stringAt, withValue } from "../json.ts"
import { get, type Machinery, store, type Target, timestamp } from "../verbs/index.ts"

/** Assigns the pod to a node, once. */
export function bind(machinery: Machinery, pod: Target, binding: KubeObject, dryRun: boolean): void {
  if (binding.metadata.name !== pod.name) throw badRequest("name in URL does not match name in Binding object")
  const node = stringAt(binding, "target", "name") ?? ""
  if (node === "") throw badRequest("target.name: Required value")
  const old = get(machinery, pod)
  const refuse = (why: string) => conflict({ group: "", resource: "pods/binding" }, pod.name, why)
  const { uid } = binding.metadata
  if (uid !== undefined && uid !== "" && uid !== old.metadata.uid)
    throw refuse(`Precondition failed: UID in precondition: ${uid}, UID in object meta: ${old.metadata.uid ?? ""}`)
  if (old.metadata.deletionTimestamp !== undefined)
    throw refuse(`pod ${pod.name} is being deleted, cannot be assigned to a host`)
  const present = stringAt(old, "spec", "nodeName") ?? ""
  if (present !== "") throw refuse(`pod ${pod.name} is already assigned to node ${JSON.stringify(present)}`)
  if (listAt(old, "spec", "schedulingGates").length > 0)
    throw refuse(`pod ${pod.name} has non-empty .spec.schedulingGates`)
  if (dryRun) return
  const { annotations, labels } = binding.metadata
  const conditions = listAt(old, "status", "conditions").filter(
    (condition) => !isRecord(condition) || condition["type"] !== "PodScheduled",
  )
  const scheduled = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timestamp(machinery.clock()),
  }
  const bound = withValue(
    withValue(old, ["spec", "nodeName"], node),
    ["status", "conditions"],
    [...conditions, scheduled],
  )
  store(machinery, pod, {
    ...bound,
    metadata: {
      ...bound.metadata,
      ...(annotations === undefined ? {} : { annotations: { ...bound.metadata.annotations, ...annotations } }),
      ...(labels === undefined ? {} : { labels: { ...bound.metadata.labels, ...labels } }),
    },
  })
}
