import type { LifecycleHandler } from "../../kube/types.gen.ts"
import { check, type Failure, type Reach } from "../probes/handlers.ts"

/** Runs a postStart or preStop hook, at most for this long. Never rejects. */
export async function runHook(hook: LifecycleHandler, reach: Reach, limitMs: number): Promise<Failure> {
  if (hook.sleep) {
    await new Promise((resolve) => setTimeout(resolve, Math.min((hook.sleep?.seconds ?? 0) * 1000, limitMs)))
    return undefined
  }
  return check(hook, reach, limitMs, "kube-lifecycle/1.36")
}
