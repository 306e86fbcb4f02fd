import { ApiError, type KubeClient } from "../../kube/index.ts"
import type { Pod, PodStatus } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import { refs } from "../refs.ts"

const retryAfter = 1_000

/** Writes one pod's status: the newest only, one request after the other, nothing when nothing has changed. */
export class StatusReporter {
  #wanted: { readonly pod: Pod; readonly status: PodStatus } | undefined
  #written = ""
  #working: Promise<void> | undefined

  constructor(
    private readonly client: KubeClient,
    private readonly log: Log,
  ) {}

  report(pod: Pod, status: PodStatus): void {
    this.#wanted = { pod, status }
    this.#working ??= this.#work()
  }

  /** Resolves when all that was reported is written. */
  async flush(): Promise<void> {
    await this.#working
  }

  async #work(): Promise<void> {
    do await this.#writeWanted()
    while (this.#wanted !== undefined)
    this.#working = undefined
  }

  async #writeWanted(): Promise<void> {
    const next = this.#wanted
    this.#wanted = undefined
    if (next === undefined) return
    const { pod, status } = next
    const text = JSON.stringify(status)
    if (text === this.#written) return
    try {
      await this.#write(pod, status)
      this.#written = text
    } catch (error) {
      // Gone, or another pod of this name by now.
      if (error instanceof ApiError && (error.code === 404 || error.code === 409)) return
      this.log("status of a pod not written, trying again", { pod: pod.metadata.name, error: String(error) })
      await new Promise((resolve) => setTimeout(resolve, retryAfter))
      this.#wanted ??= next
    }
  }

  async #write({ metadata }: Pod, status: PodStatus): Promise<void> {
    // Merged into what others have written; a field that is gone has to be named.
    const conditions = (status.conditions ?? []).map((condition) => ({ reason: null, message: null, ...condition }))
    const patch = { metadata: { uid: metadata.uid }, status: { ...status, conditions } }
    const subresource = "status"
    await this.client.patch(refs.pods, metadata.name ?? "", metadata.namespace, "strategic", patch, { subresource })
  }
}
