import { locate } from "../edit/locate.ts"
import { Draft } from "../edit/draft.ts"
import { containersOf } from "../edit/workload.ts"
import type { Edit, EditResult, FileChange, Tree } from "../edit/edit.ts"
import { parseManifests, type Manifest } from "../manifest/index.ts"
import { decide } from "./decide.ts"
import { parseDeliveryStatus, type Delivery, type DeliveryStatus } from "./delivery.ts"
import { markOf, protectOf, stillProtected, type ProtectedMark } from "./protect.ts"
import { deploymentName, readRollout, type Rollout } from "./rollout.ts"
import { answerOf, noteAnswers, standingCalls, tidyHooks, withHooks, type HookCall } from "./hooks/index.ts"
import { highestState } from "./recall.ts"
import { witness } from "./remember.ts"
import { isLive, type Decision, type Live, type Situation } from "./situation.ts"
import { otherWeights, weightBefore, type Split } from "./split.ts"
import { judgeMetric, judgeWindow, type Check } from "./verdict.ts"
import { dueWindows, isDisturbed } from "./windows.ts"

/** For tests: Git, a cluster and Prometheus as values, and an agent that acts on them by `decide` alone. */

const ref = { namespace: "test", name: "podinfo" }

function deployment(name: string, image: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
  namespace: test
spec:
  replicas: ${replicas} # by hand
  template:
    spec:
      containers:
        - name: podinfo
          image: ${image}
`
}

export const canaryYaml = (analysis = "", more = ""): string => `apiVersion: serin.dev/v1alpha1
kind: Canary
metadata: {name: podinfo, namespace: test}
spec:
  stable: {deployment: podinfo-ga, subset: ga}
  canary: {deployment: podinfo-canary, subset: canary}
  steps: [10, 30, 60, 100]
  analysis: {interval: 5s, warmup: 3s, lag: 1s, passes: 2, failures: 2, metrics: [{name: success-rate, min: 99}]${analysis}}
${more}`

const virtualService = `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: podinfo, namespace: test}
spec:
  hosts: [podinfo]
  http:
    - route:
        - destination: {host: podinfo, subset: ga}
          weight: 100
        - destination: {host: podinfo, subset: canary}
          weight: 0
`

export const files: Readonly<Record<string, string>> = {
  "cluster/podinfo/ga.yaml": deployment("podinfo-ga", "podinfo:0.1.0", 2),
  "cluster/podinfo/canary-deployment.yaml": deployment("podinfo-canary", "podinfo:0.2.0", 2),
  "cluster/podinfo/vs.yaml": virtualService,
  "cluster/podinfo/canary.yaml": canaryYaml(),
}

interface Pods {
  image: string
  desired: number
  ready: number
  /** How many of the ready ones run `image`. */
  fresh: number
}

export interface Commit {
  readonly kind: string
  readonly by: "serin" | "person"
  readonly tree: Tree
  readonly subject: string
  readonly reason: string
  /** The cluster's state at the moment of the commit. */
  readonly liveBefore: {
    readonly percent: number
    readonly ready: number
    readonly stableReady: number
    /** Requests that proxies send to each side. */
    readonly traffic: Split
  }
}

export class SimulatedWorld {
  now = Date.UTC(2026, 0, 1)
  prometheusUp = true
  /** Share of the canary that proxies keep to, whatever the API says; undefined: they follow it. */
  proxiesAt: number | undefined
  requestsPerSecond = 100
  /** Requests that still come to a side that has no weight any more. */
  lingering = 0
  /** Images that fail, by their share of errors. */
  readonly bad = new Map<string, number>()
  /** What gates and hooks answer, by name; 200 unless said, 0: nobody answers. */
  readonly receivers = new Map<string, number>()
  /** What they got. `weight` is what the cluster had then. */
  readonly calls: (HookCall & { readonly weight: number })[] = []
  /** Ids of calls that were answered with a yes. */
  readonly agreed = new Set<string>()
  readonly commits: Commit[] = []
  readonly decisions: Decision[] = []
  status: DeliveryStatus = {}
  mark: ProtectedMark | undefined
  liveSeq: number | undefined
  weights: readonly number[] = [100, 0]
  readonly stable: Pods = { image: "podinfo:0.1.0", desired: 2, ready: 2, fresh: 2 }
  readonly canary: Pods = { image: "podinfo:0.2.0", desired: 2, ready: 2, fresh: 2 }
  #applied: Tree | undefined
  /** Trees are values: each is read once. */
  readonly #rollouts = new WeakMap<Tree, Rollout>()

  constructor(overrides: Readonly<Record<string, string>> = {}) {
    const tree = { revision: "0", files: new Map(Object.entries({ ...files, ...overrides })) }
    this.commits.push({ kind: "initial", by: "person", tree, subject: "", reason: "", liveBefore: this.#liveNow() })
    this.sync()
  }

  get tree(): Tree {
    const last = this.commits.at(-1)
    if (last === undefined) throw new Error("no commit")
    return last.tree
  }

  rollout(tree = this.tree): Rollout {
    const known = this.#rollouts.get(tree)
    if (known !== undefined) return known
    const result = readRollout(tree, ref)
    if (!result.ok) throw new Error(result.reason)
    this.#rollouts.set(tree, result.rollout)
    return result.rollout
  }

  get phase(): string {
    return this.rollout().delivery?.phase ?? "none"
  }

  get percent(): number {
    return this.weights[1] ?? 0
  }

  situation(): Situation {
    const rollout = this.rollout()
    const status = parseDeliveryStatus(JSON.parse(JSON.stringify(this.status)))
    const live = this.#live()
    const down = { ok: false, reason: "Prometheus does not answer." } as const
    return {
      rollout,
      status,
      live,
      checks: this.prometheusUp
        ? { ok: true, list: withHooks(rollout, status, "here", this.#checks(rollout, status)) }
        : down,
      traffic: this.prometheusUp ? this.#traffic() : undefined,
      canaryDigest: `sha256:${Buffer.from(rollout.canary.container.image).toString("hex").padEnd(64, "0").slice(0, 64)}`,
      cluster: "here",
    }
  }

  /** One reconcile of an agent that is killed as soon as its commit is pushed, before the cluster remembers anything of it. */
  reconcileAndDie(): Decision {
    const decision = this.look()
    if (decision.kind === "edit") this.#push(decision.edit, "serin")
    return decision
  }

  /** Looks, remembers and decides, and does nothing yet. */
  look(): Decision {
    this.#remember(isLive(this.rollout(), this.#live()))
    const decision = decide(this.situation(), this.now)
    this.decisions.push(decision)
    return decision
  }

  /** One reconcile: look, remember, decide, act. */
  reconcile(): Decision {
    const decision = this.look()
    this.answer(this.call(decision))
    if (decision.kind === "edit") this.commit(decision.edit, "serin")
    if (decision.kind === "protect") this.protect(decision.reason, decision.by)
    return decision
  }

  /** Makes the calls that are due. An agent that is killed now has made them, and nothing remembers it. */
  call(decision: Decision): HookCall[] {
    const asks = decision.kind === "wait" ? (decision.asks ?? []) : []
    const due = [...asks, ...standingCalls(this.rollout(), this.status, "here", this.now)]
    this.calls.push(...due.map((one) => ({ ...one, weight: this.percent })))
    return due
  }

  answer(calls: readonly HookCall[]): void {
    if (this.liveSeq === undefined) return
    const answers = calls.map((call) => {
      const code = this.receivers.get(call.name) ?? 200
      const host = "hooks.example.com"
      if (code === 0) return answerOf(call, { kind: "failed", why: `${host} does not answer` }, this.now)
      return answerOf(call, { kind: "answered", host, code, text: "" }, this.now)
    })
    for (const { id, answer } of answers) if (answer === "yes") this.agreed.add(id)
    this.status = tidyHooks(noteAnswers(this.status, answers), this.rollout(), "here", this.now).status
  }

  commit(edit: Edit, by: Commit["by"]): EditResult {
    const result = this.#push(edit, by)
    if (result.kind === "commit") this.#remember(false)
    return result
  }

  #push(edit: Edit, by: Commit["by"]): EditResult {
    const result = edit(this.tree)
    if (result.kind === "commit") {
      const { subject, body, trailers } = result.message
      const kind = trailers.find(([name]) => name === "Serin-Kind")?.[1] ?? ""
      this.write(result.changes, { kind, by, subject, reason: body })
    }
    return result
  }

  #remember(live: boolean): void {
    // A cluster without the Delivery object has nowhere to remember.
    if (this.liveSeq === undefined) return
    const seen = { highest: this.#highest(), live, cluster: "here" }
    this.status = witness(this.status, this.rollout(), seen, this.now)
  }

  /** As the agent reads it: from the history of the Delivery's file. */
  #highest(): Delivery | undefined {
    const path = this.rollout().deliveryAt?.path
    if (path === undefined) return undefined
    const past = this.commits.toReversed().map(({ tree: { revision, files } }) => {
      const text = files.get(path)
      return { revision, files: new Map(text === undefined ? [] : [[path, text]]) }
    })
    return highestState(past, ref)
  }

  write(
    changes: readonly FileChange[],
    { kind, by, subject = "", reason = "" }: Partial<Commit> & Pick<Commit, "kind" | "by">,
  ): void {
    const next = new Map(this.tree.files)
    for (const { path, content } of changes) {
      if (content === null) next.delete(path)
      else next.set(path, content)
    }
    const tree = { revision: String(this.commits.length), files: next }
    this.commits.push({ kind, by, tree, subject, reason, liveBefore: this.#liveNow() })
  }

  /** A person's commit of another image, or other weights. */
  setImage(side: "ga" | "canary", image: string): void {
    const name = `podinfo-${side}`
    const found = locate(this.tree, deploymentName("test", name))
    if (!found.ok) throw new Error(found.reason)
    const path = containersOf("Deployment", found.located.object)[0]?.path ?? []
    this.write(new Draft(this.tree).set(found.located, path, image).changes(), { kind: "image", by: "person" })
  }

  setWeights(ga: number, canary: number): void {
    const { route, virtualService } = this.rollout()
    const draft = new Draft(this.tree)
    for (const [position, weight] of [ga, canary].entries())
      draft.set(virtualService, route.paths[position] ?? [], weight)
    this.write(draft.changes(), { kind: "weights", by: "person" })
  }

  /** `git revert` of the newest commit. */
  revert(): void {
    const before = this.commits.at(-2)
    const changed = [...this.tree.files.keys()].map((path) => ({ path, content: before?.tree.files.get(path) ?? null }))
    const back = [...(before?.tree.files ?? [])].map(([path, content]) => ({ path, content }))
    this.write([...changed, ...back], { kind: "revert", by: "person" })
  }

  protect(reason: string, by?: string): void {
    const rollout = this.rollout()
    this.status = { ...this.status, protect: protectOf(rollout, reason, by) }
    this.mark = markOf(rollout, reason, by)
    this.weights = [100, 0]
  }

  /** The cluster takes what Git says, save weights that are protected. */
  sync(): void {
    this.#applied = this.tree
    if (this.mark === undefined || !stillProtected(JSON.stringify(this.mark), this.#manifests(this.tree))) {
      this.mark = undefined
      this.weights = this.#weightsIn(this.tree)
    }
    this.liveSeq = this.rollout().delivery?.seq
    if (this.liveSeq === undefined) this.status = {}
    for (const [pods, side] of [
      [this.stable, this.rollout().stable],
      [this.canary, this.rollout().canary],
    ] as const) {
      if (pods.image !== side.container.image) pods.fresh = 0
      pods.image = side.container.image
      pods.desired = side.replicas ?? pods.desired
      pods.ready = Math.min(pods.ready, pods.desired)
      pods.fresh = Math.min(pods.fresh, pods.ready)
    }
  }

  /** A rolling update goes on by one pod on each side. */
  roll(): void {
    for (const pods of [this.stable, this.canary]) {
      if (pods.fresh < pods.desired) pods.fresh += 1
      pods.ready = Math.max(Math.min(pods.ready, pods.desired), pods.fresh)
    }
  }

  /** Time passes and everything that runs by itself does so, save the agent. */
  elapse(ms: number): void {
    this.now += ms
    this.sync()
    this.roll()
  }

  /** Time passes and everything that runs by itself does so. */
  pass(ms: number): Decision {
    this.elapse(ms)
    return this.reconcile()
  }

  /** Lets time pass until something holds; fails with the last reasons when it never does. */
  until(what: string, holds: () => boolean, seconds = 600): void {
    for (let passed = 0; passed < seconds; passed += 1) {
      if (holds()) return
      this.pass(1000)
    }
    throw new Error(
      `${what} never came: ${this.decisions
        .slice(-3)
        .map((one) => one.reason)
        .join(" | ")}`,
    )
  }

  #liveNow(): Commit["liveBefore"] {
    return {
      percent: this.percent,
      ready: this.canary?.ready ?? 0,
      stableReady: this.stable?.ready ?? 0,
      traffic: this.#traffic(),
    }
  }

  #manifests(tree: Tree): Manifest[] {
    return [...tree.files].flatMap(([path, text]) => parseManifests(path, text).manifests.map((one) => one.object))
  }

  #weightsIn(tree: Tree): readonly number[] {
    return this.rollout(tree).route.weights
  }

  #live(): Live {
    const workload = (pods: Pods) => ({
      image: pods.image,
      desired: pods.desired,
      ready: pods.ready,
      settled: pods.fresh === pods.desired && pods.ready === pods.desired && this.#applied === this.tree,
      progressDeadlineMs: 60_000,
    })
    return {
      ...(this.liveSeq !== undefined && { seq: this.liveSeq }),
      weights: this.weights,
      stable: workload(this.stable),
      canary: workload(this.canary),
      ...(this.mark !== undefined && { mark: this.mark }),
    }
  }

  #traffic() {
    return {
      stable: this.lingering + this.requestsPerSecond * (100 - (this.proxiesAt ?? this.percent)),
      canary: this.lingering + this.requestsPerSecond * (this.proxiesAt ?? this.percent),
    }
  }

  #checks(rollout: Rollout, status: DeliveryStatus): Check[] {
    const { analysis } = rollout.spec
    const liveAt = status.live?.seq === rollout.delivery?.seq ? Date.parse(status.live?.at ?? "") : Number.NaN
    if (Number.isNaN(liveAt)) return []
    return dueWindows(analysis, liveAt, this.now).map((window) => {
      if (isDisturbed(window, status.disturbed ?? []))
        return { ...window, requests: 0, verdict: "excluded", metrics: [] }
      const requests = (this.requestsPerSecond * analysis.intervalMs) / 1000
      const total = (requests * (this.proxiesAt ?? this.percent)) / 100
      const errors = total * (this.bad.get(this.canary.image) ?? 0)
      const metrics = analysis.metrics.map((metric) => judgeMetric(metric, "", { kind: "ratio", errors, total }))
      const split = { stable: requests - total, canary: total }
      const from = weightBefore(rollout.spec, rollout.percent)
      const others = otherWeights(rollout.spec, rollout.percent)
      return judgeWindow(analysis, window, total, metrics, {
        split,
        shift: { percent: rollout.percent, from, others, before: undefined },
      })
    })
  }
}
