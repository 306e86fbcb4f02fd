import type { Node, NodeSelectorTerm, Pod, Taint } from "../../kube/types.gen.ts"

/** Why a pod cannot go on a node, in the words of the real scheduler; undefined: it can. */
export function misfit(pod: Pod, node: Node): string | undefined {
  if (node.spec?.unschedulable === true && !tolerates(pod, unschedulableTaint)) return "node(s) were unschedulable"
  const taint = (node.spec?.taints ?? []).find((one) => one.effect !== "PreferNoSchedule" && !tolerates(pod, one))
  if (taint !== undefined) return `node(s) had untolerated taint(s)`
  if (!matchesSelector(pod, node)) return "node(s) didn't match Pod's node affinity/selector"
  return undefined
}

const unschedulableTaint: Taint = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }

function tolerates(pod: Pod, taint: Taint): boolean {
  return (pod.spec?.tolerations ?? []).some(
    ({ key = "", operator = "Equal", value = "", effect = "" }) =>
      (effect === "" || effect === taint.effect) &&
      (key === "" ? operator === "Exists" : key === taint.key) &&
      (operator === "Exists" || value === (taint.value ?? "")),
  )
}

function matchesSelector(pod: Pod, node: Node): boolean {
  const labels = node.metadata.labels ?? {}
  const terms = pod.spec?.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
  return (
    Object.entries(pod.spec?.nodeSelector ?? {}).every(([key, value]) => labels[key] === value) &&
    (terms === undefined || terms.some((term) => matchesTerm(term, labels, node.metadata.name ?? "")))
  )
}

function matchesTerm(
  { matchExpressions = [], matchFields = [] }: NodeSelectorTerm,
  labels: Readonly<Record<string, string>>,
  name: string,
): boolean {
  if (matchExpressions.length + matchFields.length === 0) return false
  const satisfies = (values: readonly string[], operator: string, value: string | undefined): boolean => {
    if (operator === "In") return value !== undefined && values.includes(value)
    if (operator === "NotIn") return value === undefined || !values.includes(value)
    if (operator === "Exists") return value !== undefined
    if (operator === "DoesNotExist") return value === undefined
    const [number = Number.NaN, limit = Number.NaN] = [Number(value ?? Number.NaN), Number(values[0] ?? Number.NaN)]
    return operator === "Gt" ? number > limit : number < limit
  }
  return (
    matchExpressions.every(({ key, operator, values = [] }) => satisfies(values, operator, labels[key])) &&
    matchFields.every(({ operator, values = [] }) => satisfies(values, operator, name))
  )
}

/** The scheduler's message for a pod that fits on none of the nodes. */
export function unschedulableMessage(pod: Pod, nodes: readonly Node[]): string {
  if (nodes.length === 0) return "no nodes available to schedule pods"
  const counts = new Map<string, number>()
  for (const node of nodes) {
    const why = misfit(pod, node) ?? ""
    counts.set(why, (counts.get(why) ?? 0) + 1)
  }
  const reasons = [...counts].map(([why, count]) => `${String(count)} ${why}`).sort()
  const all = `0/${String(nodes.length)} nodes are available`
  const preemption = `preemption: ${all}: ${String(nodes.length)} Preemption is not helpful for scheduling.`
  return `${all}: ${reasons.join(", ")}. no new claims to deallocate, ${preemption}`
}
