import type { Probe } from "../../kube/types.gen.ts"
import type { Failure } from "./handlers.ts"

export type ProbeKind = "Startup" | "Liveness" | "Readiness"

export interface ProberOptions {
  readonly kind: ProbeKind
  readonly probe: Probe
  /** Does one check. */
  readonly check: (timeoutMs: number) => Promise<Failure>
  /** The check's result has changed for good: after as many as the thresholds ask for. */
  readonly onResult: (healthy: boolean) => void
  /** Each failed check. */
  readonly onFailure: (message: string) => void
}

/** How often a container that has just started is looked at. */
const eagerInterval = 100

/**
 * Probes one container until stopped: first after the initial delay, then at each period.
 *
 * Where in a period the first probe falls is a matter of luck in a real kubelet. Here the luck is good: before a
 * container has succeeded once, startup and readiness are looked at often during the first period, and only success
 * counts then; no failure is told. Exec probes are not, for running a program is not free.
 */
export class Prober {
  private readonly stopping = new AbortController()

  constructor(private readonly options: ProberOptions) {}

  start(): void {
    void this.run()
  }

  stop(): void {
    this.stopping.abort()
  }

  private async run(): Promise<void> {
    const { kind, probe, check, onResult, onFailure } = this.options
    const { initialDelaySeconds = 0, periodSeconds = 10, timeoutSeconds = 1 } = probe
    const { successThreshold = 1, failureThreshold = 3 } = probe
    const { signal } = this.stopping
    await pause(initialDelaySeconds * 1000, signal)
    let healthy = kind === "Liveness"
    let streak = { failed: false, count: 0 }
    const take = (failure: Failure): void => {
      const failed = failure !== undefined
      streak = { failed, count: streak.failed === failed ? streak.count + 1 : 1 }
      if (failed) onFailure(failure)
      if (streak.count < (failed ? failureThreshold : successThreshold)) return
      // Startup and liveness tell of a failure that lasts, whatever they have told before: the container is killed.
      if (healthy === !failed && !(failed && kind !== "Readiness")) return
      healthy = !failed
      onResult(healthy)
    }
    if (kind === "Liveness") await pause(periodSeconds * 1000, signal)
    else if (!probe.exec) {
      const until = Date.now() + periodSeconds * 1000
      while (!signal.aborted && Date.now() < until) {
        if ((await check(timeoutSeconds * 1000)) === undefined) break
        await pause(Math.min(eagerInterval, until - Date.now()), signal)
      }
    }
    while (!signal.aborted) {
      const failure = await check(timeoutSeconds * 1000)
      if (signal.aborted) return
      take(failure)
      await pause(periodSeconds * 1000, signal)
    }
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const settle = (): void => {
      clearTimeout(timer)
      signal.removeEventListener("abort", settle)
      resolve()
    }
    const timer = setTimeout(settle, Math.max(0, milliseconds))
    signal.addEventListener("abort", settle)
  })
}
