import { isReceiver, type Check, type Decision, type Rollout, type Situation } from "@serin/core"
import type { CanaryState, CheckVerdict, HookState } from "../api/types.ts"

/** What people see of a canary, as of the last look. */
export function viewOf(situation: Situation, decision: Decision, observedWeight: number | undefined): CanaryState {
  const { rollout, checks } = situation
  return {
    ...stateOf(rollout),
    ...(observedWeight !== undefined && { observedWeight }),
    checks: checks.ok ? checks.list.map(verdictOf) : [],
    hooks: hooksOf(situation),
    message: decision.reason,
    ...(decision.kind === "wait" &&
      decision.until !== undefined &&
      Number.isFinite(decision.until) && { until: new Date(decision.until).toISOString() }),
  }
}

function hooksOf({ rollout: { spec }, status }: Situation): HookState[] {
  const gates = (["start", "promote"] as const).filter((gate) => isReceiver(spec.gates[gate]))
  const all = [
    ...gates.map((gate) => ({ kind: gate, name: gate })),
    ...spec.hooks.map(({ type, name }) => ({ kind: type, name })),
  ]
  return all.map(({ kind, name }) => {
    const memory = status.hooks?.findLast((one) => one.kind === kind && one.name === name)
    const { last } = memory ?? {}
    return {
      kind,
      name,
      attempts: memory?.attempts ?? 0,
      ...(last !== undefined && { answer: last.answer, message: last.text, at: last.at }),
    }
  })
}

function stateOf({ ref, spec, delivery, percent, canary }: Rollout): Omit<CanaryState, "checks" | "hooks" | "message"> {
  return {
    namespace: ref.namespace,
    name: ref.name,
    phase: delivery?.phase ?? "Idle",
    revision: delivery?.revision ?? canary.container.image,
    previous: delivery?.previous ?? canary.container.image,
    step: delivery?.step ?? 0,
    steps: spec.steps.map((step) => step.weight),
    weight: percent,
    rejected: delivery?.rejected ?? [],
  }
}

/** A canary that cannot be read: what was known of it before, if anything was, with the reason. */
export function unreadableView(
  ref: { readonly namespace: string; readonly name: string },
  before: CanaryState | undefined,
  reason: string,
): CanaryState {
  if (before !== undefined) return { ...before, checks: [], message: reason }
  const nothing = { phase: "Unknown", revision: "", previous: "", step: 0, steps: [], weight: 0 } as const
  return { namespace: ref.namespace, name: ref.name, ...nothing, checks: [], hooks: [], message: reason, rejected: [] }
}

function verdictOf(check: Check): CheckVerdict {
  return {
    index: check.index,
    from: new Date(check.from).toISOString(),
    to: new Date(check.to).toISOString(),
    verdict: check.verdict,
    metrics: check.metrics,
  }
}
