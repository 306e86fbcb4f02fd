import { randomBytes } from "node:crypto"
import { readFile } from "node:fs/promises"
import type { Node, RunningContainer } from "../../node/index.ts"
import type { Container, Pod } from "../../kube/types.gen.ts"
import type { Backoff } from "../backoff.ts"
import type { PodAddresses } from "../environment/field-ref.ts"
import type { ImagePuller, PullPolicy } from "../images/image-puller.ts"
import { readLastLines } from "../logs/last-lines.ts"
import { check, type Reach } from "../probes/handlers.ts"
import { Prober, type ProbeKind } from "../probes/prober.ts"
import type { PodVolumes } from "../volumes/pod-volumes.ts"
import { runHook } from "./hooks.ts"
import { lastEnd, newRecord, type ContainerRecord, type Terminated } from "./record.ts"
import { StartFailure, terminationFile, type Starter } from "./starter.ts"
import { logPath } from "../logs/log-path.ts"

/** Tells an event of a container, or of the pod when no container is named. */
export type Tell = (type: "Normal" | "Warning", reason: string, message: string, container?: string) => void

export interface RunsOptions {
  readonly node: Node
  readonly starter: Starter
  readonly puller: ImagePuller
  readonly crashBackoff: Backoff
  readonly dataDir: string
  readonly now: () => number
  /** How long after a failed pull or a missing ConfigMap it is tried again; milliseconds. */
  readonly retryAfter: number
  readonly tell: Tell
  /** The credentials of the pod's pull secrets. */
  readonly credentials: () => Promise<ReadonlyMap<string, { username: string; password: string }>>
  /** Something that the pod's status shows has changed. */
  readonly onStatus: () => void
  /** Something that has an effect on what is to be done has changed: a container has ended or has done its start. */
  readonly onProgress: () => void
}

interface Run {
  readonly running: RunningContainer
  readonly containerId: string
  readonly startedAt: number
  readonly probers: readonly Prober[]
  killing?: Promise<void>
}

/** The containers of one pod: starts them, watches over them, ends them, and keeps a record of each. */
export class ContainerRuns {
  readonly #records = new Map<string, ContainerRecord>()
  readonly #runs = new Map<string, Run>()
  readonly #stopping = new AbortController()

  constructor(
    /** The newest version of the pod; its containers do not change. */
    private readonly pod: () => Pod,
    private readonly options: RunsOptions,
  ) {}

  get records(): ReadonlyMap<string, ContainerRecord> {
    return this.#records
  }

  /** Starts nothing more from now on, also what is being prepared. */
  stop(): void {
    this.#stopping.abort()
    for (const { probers } of this.#runs.values()) for (const prober of probers) prober.stop()
  }

  /** Starts a container. Resolves with when to try again (milliseconds since 1970), if that did not go well. */
  async start(container: Container, volumes: PodVolumes, addresses: PodAddresses): Promise<number | undefined> {
    const { now, retryAfter, tell } = this.options
    const waiting = this.#waitForBackoff(container)
    if (waiting !== undefined) return waiting
    const image = await this.#unlessStopped(this.#pull(container))
    if (image === undefined) return undefined
    if ("reason" in image) {
      this.#wait(container.name, image.reason, image.message)
      tell("Warning", "Failed", `Error: ${image.reason}`, container.name)
      return now() + retryAfter
    }
    const before = this.#recordOf(container.name)
    const end = lastEnd(before)
    const restartCount = end === undefined ? before.restartCount : before.restartCount + 1
    const startedAt = now()
    const containerId = `serin://${randomBytes(32).toString("hex")}`
    this.#put({ ...before, image, restartCount, ...(end === undefined ? {} : { last: end }) })
    let running: RunningContainer
    try {
      const pod = this.pod()
      const starter = this.options.starter
      running = await starter.start({ pod, container, image, addresses, volumes, restartCount })
    } catch (error) {
      if (!(error instanceof StartFailure)) throw error
      return this.#startFailed(container, error, { containerId, startedAt })
    }
    tell("Normal", "Created", "Container created", container.name)
    tell("Normal", "Started", "Container started", container.name)
    await this.#watchOver(container, running, containerId, startedAt, addresses.podIP)
    return undefined
  }

  /** Ends a container in order: preStop hook, signal, SIGKILL when the time is over. Resolves when it is gone. */
  async end(container: Container, message: string, graceSeconds: number, podIp: string): Promise<void> {
    const run = this.#runs.get(container.name)
    if (run === undefined) return
    run.killing ??= this.#end(container, run, message, graceSeconds, podIp)
    await run.killing
  }

  /** Ends what runs without asking. */
  async kill(): Promise<void> {
    const runs = [...this.#runs.values()]
    for (const { running } of runs) running.kill("SIGKILL")
    await Promise.all(runs.map(({ running }) => running.exit))
  }

  #waitForBackoff({ name }: Container): number | undefined {
    const { crashBackoff, now, tell } = this.options
    const end = lastEnd(this.#recordOf(name))
    if (end === undefined) return undefined
    const { uid = "", name: podName = "", namespace = "" } = this.pod().metadata
    const key = `${uid}/${name}`
    const delay = crashBackoff.delay(key, end.finishedAt)
    if (now() >= end.finishedAt + delay) {
      crashBackoff.next(key, end.finishedAt)
      return undefined
    }
    const pod = `${podName}_${namespace}(${uid})`
    const wait = `back-off ${goDuration(delay)} restarting failed container=${name} pod=${pod}`
    tell("Warning", "BackOff", `Back-off restarting failed container ${name} in pod ${pod}`, name)
    this.#wait(name, "CrashLoopBackOff", wait)
    return end.finishedAt + delay
  }

  #pull(container: Container) {
    const { image = "", imagePullPolicy = "IfNotPresent", name } = container
    return this.options.puller.get({
      image,
      policy: imagePullPolicy as PullPolicy,
      podUid: this.pod().metadata.uid ?? "",
      credentials: this.options.credentials,
      tell: (type, reason, message) => this.options.tell(type, reason, message, name),
    })
  }

  #startFailed(
    { name }: Container,
    { reason, message }: StartFailure,
    run: { readonly containerId: string; readonly startedAt: number },
  ): number {
    const { now, retryAfter, tell } = this.options
    if (reason === "RunContainerError") {
      tell("Normal", "Created", "Container created", name)
      const last: Terminated = {
        kind: "terminated",
        exitCode: 128,
        reason: "StartError",
        message,
        finishedAt: now(),
        ...run,
      }
      this.#put({ ...this.#recordOf(name), last })
    }
    tell("Warning", "Failed", `Error: ${message}`, name)
    this.#wait(name, reason, message)
    return now() + retryAfter
  }

  async #watchOver(
    container: Container,
    running: RunningContainer,
    containerId: string,
    startedAt: number,
    podIp: string,
  ): Promise<void> {
    const { name, lifecycle, startupProbe, readinessProbe } = container
    const probers: Prober[] = []
    const run: Run = { running, containerId, startedAt, probers }
    this.#runs.set(name, run)
    this.#put({
      ...this.#recordOf(name),
      state: { kind: "running", startedAt, containerId },
      started: false,
      ready: false,
    })
    void this.#awaitExit(container, run)
    this.options.onStatus()
    const reach = this.#reach(container, podIp)
    if (lifecycle?.postStart) {
      const failure = await this.#unlessStopped(runHook(lifecycle.postStart, reach, hookLimit))
      if (failure !== undefined) {
        this.options.tell("Warning", "FailedPostStartHook", "PostStartHook failed", name)
        void this.end(container, "FailedPostStartHook", this.#grace(), podIp)
        return
      }
    }
    const started = (): void => {
      if (this.#runs.get(name) !== run) return
      this.#put({ ...this.#recordOf(name), started: true, ready: readinessProbe === undefined })
      this.options.onProgress()
      probers.push(...this.#probe(container, reach, ["Readiness", "Liveness"]))
    }
    if (startupProbe === undefined) started()
    else probers.push(...this.#probe(container, reach, ["Startup"], started))
  }

  /** Begins probing; `onStarted` is called when the startup probe has succeeded. */
  #probe(container: Container, reach: Reach, kinds: readonly ProbeKind[], onStarted?: () => void): readonly Prober[] {
    const { name, startupProbe, livenessProbe, readinessProbe } = container
    const probes = { Startup: startupProbe, Liveness: livenessProbe, Readiness: readinessProbe }
    if (this.#stopping.signal.aborted) return []
    return kinds.flatMap((kind) => {
      const probe = probes[kind]
      if (probe === undefined) return []
      const prober = new Prober({
        kind,
        probe,
        check: (timeoutMs) => check(probe, reach, timeoutMs, "kube-probe/1.36"),
        onFailure: (message) => this.options.tell("Warning", "Unhealthy", `${kind} probe failed: ${message}`, name),
        onResult: (healthy) => {
          if (kind === "Readiness") this.#setReady(name, healthy)
          else if (!healthy) {
            const message = `Container ${name} failed ${kind.toLowerCase()} probe, will be restarted`
            const grace = probe.terminationGracePeriodSeconds ?? this.#grace()
            void this.end(container, message, grace, reach.podIp)
          } else if (kind === "Startup") {
            prober.stop()
            onStarted?.()
          }
        },
      })
      prober.start()
      return [prober]
    })
  }

  #setReady(name: string, ready: boolean): void {
    const record = this.#recordOf(name)
    if (record.state.kind !== "running" || record.ready === ready) return
    this.#put({ ...record, ready })
    this.options.onStatus()
  }

  async #awaitExit(container: Container, run: Run): Promise<void> {
    let exitCode = 255
    try {
      exitCode = (await run.running.exit).exitCode
    } catch {
      // The node process is gone, and all containers with it.
      exitCode = 137
    }
    for (const prober of run.probers) prober.stop()
    const finishedAt = this.options.now()
    const message = await this.#lastWords(container, exitCode)
    this.#runs.delete(container.name)
    const { containerId, startedAt } = run
    const reason = exitCode === 0 ? "Completed" : "Error"
    this.#put({
      ...this.#recordOf(container.name),
      state: { kind: "terminated", exitCode, reason, message, startedAt, finishedAt, containerId },
      started: false,
      ready: false,
    })
    this.options.onProgress()
  }

  async #end(container: Container, run: Run, message: string, graceSeconds: number, podIp: string): Promise<void> {
    const { tell, now } = this.options
    const { name, lifecycle } = container
    for (const prober of run.probers) prober.stop()
    tell("Normal", "Killing", message, name)
    const deadline = now() + graceSeconds * 1000
    if (lifecycle?.preStop && graceSeconds > 0) {
      const failure = await runHook(lifecycle.preStop, this.#reach(container, podIp), graceSeconds * 1000)
      if (failure !== undefined) tell("Warning", "FailedPreStopHook", "PreStopHook failed", name)
    }
    run.running.kill((lifecycle?.stopSignal ?? "SIGTERM") as NodeJS.Signals)
    // A little time is left even after a long hook.
    const left = graceSeconds === 0 ? 0 : Math.max(deadline - now(), shortestGrace)
    const impatient = setTimeout(() => run.running.kill("SIGKILL"), left)
    await run.running.exit.catch(() => undefined)
    clearTimeout(impatient)
  }

  /** What the program left in its termination file, or at the end of its log if it failed and asks for that. */
  async #lastWords({ name, terminationMessagePolicy }: Container, exitCode: number): Promise<string> {
    const { dataDir } = this.options
    const pod = this.pod()
    const text = await readFile(terminationFile(dataDir, pod.metadata.uid ?? "", name), "utf8")
    if (text !== "" || exitCode === 0 || terminationMessagePolicy !== "FallbackToLogsOnError")
      return text.slice(0, 4096)
    return readLastLines(logPath(dataDir, pod, name, this.#recordOf(name).restartCount), 80, 2048)
  }

  #reach(container: Container, podIp: string): Reach {
    const { node } = this.options
    return { node, podIp, container, id: { podUid: this.pod().metadata.uid ?? "", container: container.name } }
  }

  #grace(): number {
    return this.pod().spec?.terminationGracePeriodSeconds ?? 30
  }

  #wait(name: string, reason: string, message: string): void {
    const record = this.#recordOf(name)
    const end = lastEnd(record)
    this.#put({ ...record, state: { kind: "waiting", reason, message }, ...(end === undefined ? {} : { last: end }) })
    this.options.onStatus()
  }

  #recordOf(name: string): ContainerRecord {
    return this.#records.get(name) ?? newRecord(name)
  }

  #put(record: ContainerRecord): void {
    this.#records.set(record.name, record)
  }

  /** Undefined when nothing more is to be started. */
  async #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    const { signal } = this.#stopping
    if (signal.aborted) return undefined
    let stop = (): void => undefined
    const stopped = new Promise<undefined>((resolve) => (stop = () => resolve(undefined)))
    signal.addEventListener("abort", stop)
    // A container that restarts for days must not leave a listener behind with each start.
    const result = await Promise.race([work, stopped]).finally(() => signal.removeEventListener("abort", stop))
    return signal.aborted ? undefined : result
  }
}

const hookLimit = 5 * 60_000
const shortestGrace = 2_000

/** As Go prints whole seconds: `10s`, `2m40s`, `5m0s`. */
function goDuration(milliseconds: number): string {
  const seconds = milliseconds / 1000
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`
}
