import type { Node, NodeSelectorTerm, Pod, Taint } from "../../kube/types.gen.ts"
import { allocatable, requests, shortages } from "./resources.ts"

/** A node and the pods that take up room on it. */
export interface Occupied {
  readonly node: Node
  readonly pods: readonly Pod[]
}

/** Why a pod does not fit on a node, in the words of the real scheduler. */
export interface Misfit {
  readonly reasons: readonly string[]
  /** It would fit if other pods went. */
  readonly resolvable: boolean
}

/** Undefined: the pod fits. */
export function misfit(pod: Pod, { node, pods }: Occupied): Misfit | undefined {
  const cannot = (reason: string): Misfit => ({ reasons: [reason], resolvable: false })
  if (node.spec?.unschedulable === true && !tolerates(pod, unschedulableTaint))
    return cannot("node(s) were unschedulable")
  const taint = (node.spec?.taints ?? []).find((one) => one.effect !== "PreferNoSchedule" && !tolerates(pod, one))
  if (taint !== undefined) return cannot("node(s) had untolerated taint(s)")
  if (!matchesSelector(pod, node)) return cannot("node(s) didn't match Pod's node affinity/selector")
  const reasons = shortages(requests(pod), pods, allocatable(node))
  if (reasons.length === 0) return undefined
  return { reasons, resolvable: shortages(requests(pod), [], allocatable(node)).length === 0 }
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
  return (
    matchExpressions.every(({ key, operator, values = [] }) => satisfies(labels[key], operator, values)) &&
    matchFields.every(({ operator, values = [] }) => satisfies(name, operator, values))
  )
}

function satisfies(value: string | undefined, operator: string, values: readonly string[]): boolean {
  if (operator === "In") return value !== undefined && values.includes(value)
  if (operator === "NotIn") return value === undefined || !values.includes(value)
  if (operator === "Exists") return value !== undefined
  if (operator === "DoesNotExist") return value === undefined
  // Gt and Lt compare whole numbers; what is none satisfies neither.
  const [number, limit] = [Number(value ?? Number.NaN), Number(values[0] ?? Number.NaN)]
  return operator === "Gt" ? number > limit : number < limit
}

/** The scheduler's message for a pod that fits on none of the nodes. */
export function unschedulableMessage(pod: Pod, nodes: readonly Occupied[]): string {
  if (nodes.length === 0) return "no nodes available to schedule pods"
  const misfits = nodes.map((node) => misfit(pod, node) ?? { reasons: [], resolvable: false })
  const all = `0/${String(nodes.length)} nodes are available`
  const preemption = misfits.map(({ resolvable }) =>
    resolvable ? "No preemption victims found for incoming pod" : "Preemption is not helpful for scheduling",
  )
  const reasons = counted(misfits.flatMap((one) => one.reasons))
  return `${all}: ${reasons}. no new claims to deallocate, preemption: ${all}: ${counted(preemption)}.`
}

function counted(lines: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const line of lines) counts.set(line, (counts.get(line) ?? 0) + 1)
  return [...counts]
    .map(([line, count]) => `${String(count)} ${line}`)
    .sort()
    .join(", ")
}
