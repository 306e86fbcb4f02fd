import { rm } from "node:fs/promises"
import { join } from "node:path"
import { ApiError, type KubeClient } from "../../kube/index.ts"
import type { Container, Pod, PodCondition } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import { NodeError, type Node } from "../../node/index.ts"
import type { Backoff } from "../backoff.ts"
import type { Configuration } from "../configuration.ts"
import type { Capacity } from "../environment/field-ref.ts"
import type { ImagePuller } from "../images/image-puller.ts"
import { pullCredentials } from "../images/pull-secrets.ts"
import { logFolder } from "../logs/log-path.ts"
import { refs } from "../refs.ts"
import { podStatus } from "../status/pod-status.ts"
import { StatusReporter } from "../status/reporter.ts"
import { PodVolumes, VolumeError } from "../volumes/pod-volumes.ts"
import { ContainerRuns, type Tell } from "./container-runs.ts"
import { plan } from "./plan.ts"
import { isSidecar, type ContainerRecord } from "./record.ts"
import type { Starter } from "./starter.ts"

export interface PodWorkerOptions {
  readonly client: KubeClient
  readonly node: Node
  readonly configuration: Configuration
  readonly capacity: Capacity
  readonly starter: Starter
  readonly puller: ImagePuller
  readonly crashBackoff: Backoff
  readonly mountBackoff: Backoff
  readonly dataDir: string
  readonly hostIp: string
  readonly now: () => number
  readonly retryAfter: number
  /** Between a pod's deletion and its containers' signal, milliseconds: time for the news to reach who sends to it. */
  readonly drainDelay: number
  /** How often volumes follow their ConfigMaps and Secrets. */
  readonly volumeInterval: number
  readonly tell: (pod: Pod, ...event: Parameters<Tell>) => void
  readonly log: Log
}

/**
 * Makes one pod run as it is written, to its end. Everything that happens (the pod changes, a program ends, a probe
 * turns, time passes) only asks for another look; looks come one after the other, each at the newest state.
 */
export class PodWorker {
  #pod: Pod
  readonly #runs: ContainerRuns
  readonly #volumes: PodVolumes
  readonly #reporter: StatusReporter
  readonly #startedAt: number
  #ip: string | undefined
  #networked = false
  #stopped = false
  #failure: { readonly reason: string; readonly message: string } | undefined
  #conditions: readonly PodCondition[]
  /** Deleted without waiting for this kubelet. */
  #gone = false
  #working: Promise<void> | undefined
  #wanted = false
  #timer: NodeJS.Timeout | undefined
  #volumesAt = 0

  constructor(
    pod: Pod,
    private readonly options: PodWorkerOptions,
  ) {
    this.#pod = pod
    this.#conditions = pod.status?.conditions ?? []
    this.#startedAt = options.now()
    const uid = pod.metadata.uid ?? ""
    this.#volumes = new PodVolumes(
      join(options.dataDir, "volumes", uid),
      options.configuration,
      options.capacity,
      options.now,
    )
    this.#reporter = new StatusReporter(options.client, options.log)
    this.#runs = new ContainerRuns(() => this.#pod, {
      ...options,
      tell: (...event) => options.tell(this.#pod, ...event),
      credentials: () => this.#credentials(),
      onStatus: () => this.#report(),
      onProgress: () => {
        this.#report()
        this.look()
      },
    })
  }

  get pod(): Pod {
    return this.#pod
  }

  /** Of the network that the pod has now. */
  get ip(): string | undefined {
    return this.#networked ? this.#ip : undefined
  }

  get records(): ReadonlyMap<string, ContainerRecord> {
    return this.#runs.records
  }

  update(pod: Pod): void {
    this.#pod = pod
    if (pod.metadata.deletionTimestamp !== undefined) this.#runs.stop()
    this.look()
  }

  /** The object is gone from the API: what is left of the pod is ended at once. Resolves when nothing is. */
  async remove(): Promise<void> {
    this.#gone = true
    this.#runs.stop()
    void this.#runs.kill()
    this.look()
    while (this.#working !== undefined) await this.#working
  }

  /** Looks at the pod again, soon. */
  look(): void {
    this.#wanted = true
    this.#working ??= this.#work()
  }

  async #work(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false
      clearTimeout(this.#timer)
      try {
        const again = await this.#sync()
        if (again !== undefined) this.#lookAt(again)
      } catch (error) {
        const { name, namespace } = this.#pod.metadata
        this.options.log("pod not brought forward, trying again", { pod: name, namespace, error: String(error) })
        this.#lookAt(this.options.now() + this.options.retryAfter)
      }
    }
    this.#working = undefined
  }

  #lookAt(time: number): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.look(), Math.max(0, time - this.options.now()))
    this.#timer.unref()
  }

  /** One look. Resolves with when to look again, if nothing happens before. */
  async #sync(): Promise<number | undefined> {
    if (this.#isEnding) return this.#terminate()
    if (this.#stopped) return undefined
    const spec = this.#pod.spec ?? { containers: [] }
    const deadline = this.#deadline()
    if (deadline !== undefined && this.options.now() >= deadline) return this.#exceed()
    const waiting = await this.#prepare()
    if (waiting !== undefined) return waiting
    const { start, over } = plan(spec, this.records)
    if (over) {
      await this.#finish()
      return undefined
    }
    const times = [this.#volumesAt + this.options.volumeInterval, ...(deadline === undefined ? [] : [deadline])]
    const addresses = { podIP: this.#ip ?? "", hostIP: this.options.hostIp }
    for (const name of start) {
      if (this.#isEnding) return this.#terminate()
      const container = [...(spec.initContainers ?? []), ...spec.containers].find((one) => one.name === name)
      const again = container && (await this.#runs.start(container, this.#volumes, addresses))
      if (again !== undefined) times.push(again)
    }
    this.#report()
    return Math.min(...times)
  }

  /** Volumes and network. Resolves with when to try again if one cannot be had. */
  async #prepare(): Promise<number | undefined> {
    const { now, volumeInterval, mountBackoff, node } = this.options
    const { uid = "", name = "", namespace = "" } = this.#pod.metadata
    if (!this.#networked || now() >= this.#volumesAt + volumeInterval) {
      try {
        await this.#volumes.prepare(this.#pod)
        this.#volumesAt = now()
      } catch (error) {
        if (!(error instanceof VolumeError)) throw error
        mountBackoff.next(uid, now())
        this.#tell("Warning", "FailedMount", error.message)
        this.#report()
        return now() + mountBackoff.delay(uid, now())
      }
    }
    if (this.#networked) return undefined
    const { hostname = name, hostAliases = [] } = this.#pod.spec ?? {}
    try {
      const aliases = hostAliases.map(({ ip, hostnames = [] }) => ({ ip, hostnames }))
      this.#ip = (await node.createPod({ uid, name, namespace, hostname, hostAliases: aliases })).ip
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      this.#tell("Warning", "FailedCreatePodSandBox", `Failed to create pod sandbox: ${error.message}`)
      return now() + this.options.retryAfter
    }
    this.#networked = true
    this.#report()
    return undefined
  }

  /** All containers have done their work: sidecars are ended, the network is freed, the object stays. */
  async #finish(): Promise<void> {
    this.#runs.stop()
    await this.#endAll(this.#pod.spec?.terminationGracePeriodSeconds ?? 30)
    this.#stopped = true
    await this.#free()
    this.#report()
  }

  /** `activeDeadlineSeconds` has passed. */
  async #exceed(): Promise<undefined> {
    const message = "Pod was active on the node longer than the specified deadline"
    this.#failure = { reason: "DeadlineExceeded", message }
    this.#tell("Normal", "DeadlineExceeded", message)
    await this.#finish()
  }

  /** The pod is to go: its containers are ended, all it had is freed, and then its object is deleted for good. */
  async #terminate(): Promise<undefined> {
    const { client, log, puller, crashBackoff, dataDir, drainDelay } = this.options
    const { uid = "", name = "", namespace } = this.#pod.metadata
    this.#runs.stop()
    const grace = this.#pod.metadata.deletionGracePeriodSeconds ?? 30
    const runs = [...this.records.values()].some(({ state }) => state.kind === "running")
    if (runs && grace > 0 && !this.#gone) await new Promise((resolve) => setTimeout(resolve, drainDelay))
    await this.#endAll(this.#gone ? 0 : grace)
    this.#stopped = true
    await this.#free()
    puller.forget(uid)
    crashBackoff.forget(`${uid}/`)
    await this.#volumes.remove()
    await rm(join(dataDir, "messages", uid), { recursive: true, force: true })
    if (!this.#gone) {
      this.#report()
      await this.#reporter.flush()
      try {
        await client.delete(refs.pods, name, namespace, { gracePeriodSeconds: 0, preconditions: { uid } })
      } catch (error) {
        if (!(error instanceof ApiError) || (error.code !== 404 && error.code !== 409)) throw error
        log("pod was already deleted", { pod: name, namespace })
      }
    }
    await rm(logFolder(dataDir, this.#pod), { recursive: true, force: true })
  }

  /** Others first, all at once; then sidecars, the last one first. */
  async #endAll(graceSeconds: number): Promise<void> {
    const { initContainers = [], containers = [] } = this.#pod.spec ?? {}
    const deadline = this.options.now() + graceSeconds * 1000
    const end = (container: Container): Promise<void> => {
      const left = Math.max(0, Math.ceil((deadline - this.options.now()) / 1000))
      return this.#runs.end(container, `Stopping container ${container.name}`, left, this.#ip ?? "")
    }
    const others = [...initContainers.filter((container) => !isSidecar(container)), ...containers]
    await Promise.all(others.map(end))
    for (const sidecar of initContainers.filter(isSidecar).reverse()) await end(sidecar)
  }

  async #free(): Promise<void> {
    if (!this.#networked) return
    this.#networked = false
    await this.options.node.removePod(this.#pod.metadata.uid ?? "")
  }

  #report(): void {
    if (this.#gone) return
    const state = {
      records: this.records,
      startedAt: this.#startedAt,
      ip: this.#ip,
      networked: this.#networked,
      stopped: this.#stopped,
      ...(this.#failure === undefined ? {} : { failure: this.#failure }),
    }
    const status = podStatus(this.#pod, state, this.#conditions, this.options.hostIp, this.options.now())
    this.#conditions = status.conditions ?? []
    this.#reporter.report(this.#pod, status)
  }

  #credentials() {
    const { metadata, spec } = this.#pod
    const names = (spec?.imagePullSecrets ?? []).map(({ name = "" }) => name)
    return pullCredentials(this.options.configuration, metadata.namespace ?? "", names, (missing) =>
      this.#tell(
        "Warning",
        "FailedToRetrieveImagePullSecret",
        `Unable to retrieve some image pull secrets (${missing.join(", ")}); attempting to pull the image may not succeed.`,
      ),
    )
  }

  get #isEnding(): boolean {
    return this.#gone || this.#pod.metadata.deletionTimestamp !== undefined
  }

  #deadline(): number | undefined {
    const seconds = this.#pod.spec?.activeDeadlineSeconds
    return seconds === undefined ? undefined : this.#startedAt + seconds * 1000
  }

  #tell(type: "Normal" | "Warning", reason: string, message: string): void {
    this.options.tell(this.#pod, type, reason, message)
  }
}
