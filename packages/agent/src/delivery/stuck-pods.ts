import { healthOf, stuckReason } from "@serin/core"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import { after, done, failed, WorkQueue, type Clock, type Log, type Outcome } from "../runtime/index.ts"

/** A workload's live object, as far as finding its pods needs it. */
export interface PodOwner extends KubeObject {
  readonly spec?: { readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> } }
}

export interface StuckPodsOptions {
  readonly kube: KubeClient
  /** The live workload of a key; undefined when there is none. */
  readonly find: (key: string) => PodOwner | undefined
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
}

/** A workload that does not come up is looked at again after this long: its pods change without it. */
const AGAIN_MS = 2_000

/**
 * Why a workload does not come up, in its pods' words (an image that is not there, a program that crashes): a Deployment's own
 * status only counts. Pods are listed while something is not as it should be, and not otherwise.
 */
export class StuckPods {
  readonly #options: StuckPodsOptions
  readonly #reasons = new Map<string, string>()
  readonly #queue: WorkQueue

  constructor(options: StuckPodsOptions) {
    this.#options = options
    this.#queue = new WorkQueue({
      name: "stuck pods",
      reconcile: (key) => this.#look(key),
      clock: options.clock,
      random: options.random,
      log: options.log,
    })
  }

  /** The workload changed. */
  look(key: string): void {
    this.#queue.add(key)
  }

  reason(key: string): string | undefined {
    return this.#reasons.get(key)
  }

  close(): Promise<void> {
    return this.#queue.close()
  }

  async #look(key: string): Promise<Outcome> {
    const owner = this.#options.find(key)
    const labels = Object.entries(owner?.spec?.selector?.matchLabels ?? {})
    if (owner === undefined || labels.length === 0 || healthOf(owner).status === "current") {
      this.#reasons.delete(key)
      return done
    }
    const { namespace = "default" } = owner.metadata
    const labelSelector = labels.map(([name, value]) => `${name}=${value}`).join(",")
    const pods = await this.#options.kube.list({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector })
    if (!pods.ok) return failed(pods.error)
    const stuck = pods.value.items.flatMap((pod) => stuckReason(pod) ?? []).at(0)
    if (stuck === undefined) this.#reasons.delete(key)
    else this.#reasons.set(key, stuck)
    return after(AGAIN_MS)
  }
}
