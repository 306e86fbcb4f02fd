import type { Delivery, DeliveryStatus } from "../delivery.ts"
import type { Rollout } from "../rollout.ts"
import type { Check, MetricVerdict } from "../verdict.ts"
import { dueWindows } from "../windows.ts"
import { callOf, idOfCheck, type HookCall } from "./call.ts"
import type { HookMemory } from "./memory.ts"
import { hooksOf, type Hook } from "./spec.ts"

const during = ({ spec }: Rollout): readonly Hook[] => hooksOf(spec.hooks, "during")

/** Whether checks count in this state: a planned stop watches them too, a person's pause does not. */
export function isWatched({ phase, hold }: Delivery): boolean {
  return phase === "Progressing" || (phase === "Paused" && hold !== undefined && hold.by !== "person")
}

/**
 * `during` hooks that are due: each is asked once for each check, when its interval has ended. What was missed while no agent
 * ran is not made up for.
 */
export function checkCalls(rollout: Rollout, status: DeliveryStatus, cluster: string, now: number): HookCall[] {
  const { delivery, percent, spec } = rollout
  if (delivery === undefined || percent === 0 || !isWatched(delivery) || status.live?.seq !== delivery.seq) return []
  const newest = dueWindows(spec.analysis, Date.parse(status.live.at), now).at(-1)
  if (newest === undefined) return []
  const known = new Set(status.hooks?.map(({ id }) => id))
  return during(rollout).flatMap((hook) => {
    const id = idOfCheck(rollout, cluster, delivery, hook.name, newest.index)
    if (known.has(id)) return []
    const memory = { id, kind: "during", name: hook.name, attempts: 0, check: newest.index } as const
    return [callOf(rollout, cluster, delivery, memory, hook)]
  })
}

/**
 * Checks with the answers of `during` hooks in them. A hook that says no makes a check bad, also one with too little traffic; one
 * that does not answer leaves it without data. The newest check waits for its answers; an older one that never got one
 * (no agent ran) does not count.
 */
export function withHooks(
  rollout: Rollout,
  status: DeliveryStatus,
  cluster: string,
  checks: readonly Check[],
): readonly Check[] {
  const { delivery } = rollout
  const hooks = during(rollout)
  if (delivery === undefined || hooks.length === 0) return checks
  const newest = checks.at(-1)?.index
  return checks.flatMap((check): Check[] => {
    if (check.verdict === "excluded") return [check]
    const verdicts = hooks.flatMap((hook) => {
      const id = idOfCheck(rollout, cluster, delivery, hook.name, check.index)
      return (
        verdictOf(
          hook,
          status.hooks?.find((one) => one.id === id),
        ) ?? []
      )
    })
    const metrics = [...check.metrics, ...verdicts]
    // One that has said no needs no others to be bad.
    if (verdicts.some(({ verdict }) => verdict === "bad")) return [{ ...check, metrics, verdict: "bad" }]
    if (verdicts.length < hooks.length)
      return check.index === newest ? [] : [{ ...check, metrics, verdict: "excluded" }]
    const silent = verdicts.some(({ verdict }) => verdict === "no-data")
    return [{ ...check, metrics, verdict: silent && check.verdict === "good" ? "no-data" : check.verdict }]
  })
}

function verdictOf({ name }: Hook, memory: HookMemory | undefined): MetricVerdict | undefined {
  if (memory?.last === undefined) return undefined
  const { answer, text } = memory.last
  const verdict = answer === "yes" ? "good" : answer === "no" ? "bad" : "no-data"
  return { name: `hook ${name}`, query: "", limit: "says yes", verdict, why: text }
}
