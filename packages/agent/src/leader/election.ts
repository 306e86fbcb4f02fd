import { leaseName } from "../install/index.ts"
import type { KubeClient } from "../kube/index.ts"
import { pause, type Clock, type Log } from "../runtime/index.ts"
import {
  addressAnnotation,
  heldBy,
  hooksAddressAnnotation,
  isHeldByAnother,
  observed,
  renewDeadlineMs,
  retryMs,
  writeLease,
  type Candidate,
  type Lease,
  type Observed,
} from "./lease.ts"

export interface ElectionOptions {
  /** Of its own: what the leader does is guarded by this election, the election itself is not. */
  readonly kube: KubeClient
  readonly namespace: string
  readonly candidate: Candidate
  readonly clock: Clock
  /** Milliseconds that only ever rise, also while the process is stopped. */
  readonly monotonic: () => number
  readonly log: Log
}

/**
 * One of several replicas leads: the holder of a Lease. Whoever holds it may act until `renewDeadlineMs` after the beginning
 * of its last renewal; others may take it `leaseDurationMs` after they saw that renewal. The first ends before the
 * second, whatever clocks show and however long a process was stopped.
 */
export class Election {
  readonly #options: ElectionOptions
  readonly #stop = new AbortController()
  readonly #changed = new Set<() => void>()
  #seen: Observed | undefined
  /** Beginning of the last renewal that succeeded. */
  #renewedAt: number | undefined
  #resigned = false
  readonly #running: Promise<void>

  constructor(options: ElectionOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Whether this replica may act now. Asked right before each act. */
  leads(): boolean {
    return (
      !this.#resigned && this.#renewedAt !== undefined && this.#options.monotonic() - this.#renewedAt < renewDeadlineMs
    )
  }

  /** Where the leader answers, as far as known; undefined when it is this one, or nobody. */
  leader(): { readonly address: string; readonly hooksAddress: string } | undefined {
    const { metadata, spec } = this.#seen?.lease ?? {}
    const address = metadata?.annotations?.[addressAnnotation]
    const hooksAddress = metadata?.annotations?.[hooksAddressAnnotation]
    if (address === undefined || hooksAddress === undefined || !spec?.holderIdentity) return undefined
    return spec.holderIdentity === this.#options.candidate.name ? undefined : { address, hooksAddress }
  }

  /** Resolves when this replica leads; rejects never. */
  elected(): Promise<void> {
    return this.#until(() => this.leads())
  }

  /** Resolves when it led and may not act any more. */
  async lost(): Promise<void> {
    await this.elected()
    await this.#until(() => !this.leads())
  }

  /** Gives the Lease up at once, so that another need not wait for its end. Call it when nothing acts any more. */
  async close(): Promise<void> {
    const led = this.leads()
    this.#resigned = true
    this.#stop.abort()
    await this.#running
    if (!led || this.#seen === undefined) return
    const { kube, namespace, candidate, clock, log } = this.#options
    const { lease } = this.#seen
    const held = heldBy(candidate, lease, clock.now())
    const given = await writeLease(kube, namespace, lease, { ...held, spec: { ...held.spec, holderIdentity: "" } })
    if (given.ok) log("lease given up", { lease: leaseName })
    else log("lease not given up", { code: given.error.code, error: given.error.message })
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#options
    while (!this.#stop.signal.aborted) {
      const led = this.leads()
      await this.#try()
      const leads = this.leads()
      if (led !== leads) log(leads ? "leading" : "no longer leading", { lease: leaseName })
      for (const tell of this.#changed) tell()
      await pause(clock, retryMs, this.#stop.signal)
    }
  }

  /** The leader knows the Lease: it reads it only when somebody else has written it. */
  async #try(): Promise<void> {
    const { kube, namespace, candidate, monotonic, log } = this.#options
    const own = this.leads() ? this.#seen?.lease : undefined
    if (own !== undefined && (await this.#write(own, monotonic())) !== "outdated") return
    const ref = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name: leaseName }
    const read = await kube.get<Lease>(ref)
    if (!read.ok && read.error.code !== "KUBE_NOT_FOUND") {
      log("lease cannot be read", { code: read.error.code, error: read.error.message })
      return
    }
    const before = read.ok ? read.value : undefined
    const now = monotonic()
    if (before !== undefined) {
      this.#seen = observed(this.#seen, before, now)
      if (isHeldByAnother(this.#seen, candidate.name, now)) {
        this.#renewedAt = undefined
        return
      }
    }
    await this.#write(before, now)
  }

  /** `now`: from when on it is held if this succeeds. `outdated`: it is not there as `before` any more. */
  async #write(before: Lease | undefined, now: number): Promise<"written" | "outdated" | "failed"> {
    const { kube, namespace, candidate, clock, log } = this.#options
    const written = await writeLease(kube, namespace, before, heldBy(candidate, before, clock.now()))
    if (written.ok) {
      this.#seen = { lease: written.value, at: now }
      this.#renewedAt = now
      return "written"
    }
    const { code, message } = written.error
    if (code === "KUBE_CONFLICT" || code === "KUBE_NOT_FOUND") return "outdated"
    log("lease cannot be written", { code, error: message })
    return "failed"
  }

  /** Looks after each try, and at the moment at which a renewal that does not come would have been due. */
  #until(holds: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds()) return
        this.#changed.delete(look)
        cancel()
        resolve()
      }
      let cancel = (): void => {}
      const again = (): void => {
        cancel = this.#options.clock.schedule(250, () => {
          if (!this.#changed.has(look)) return
          again()
          look()
        })
      }
      this.#changed.add(look)
      again()
      look()
    })
  }
}
