import { isDeepStrictEqual } from "node:util"
import type { Deployment, DeploymentStatus, Pod, ReplicaSet } from "../../kube/types.gen.ts"
import type { EventRecorder } from "../events/index.ts"
import { claim, controller, isFinished } from "../pods/index.ts"
import { ofMatchingOwners } from "../replicaset/index.ts"
import {
  controllerOf,
  itself,
  present,
  refs,
  splitKey,
  startController,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { REVISION, revisionOf } from "./annotations.ts"
import { findCondition, withCondition } from "./conditions.ts"
import { isScaling, planRecreate, planRollingUpdate, planScaling, wanted, type Scaling } from "./plan.ts"
import { createNewSet, findNewSet, refreshNewSet, scale } from "./replica-sets.ts"
import { deadlineSeconds, deploymentStatus, isComplete, NO_DEADLINE, untilDeadline, withProgress } from "./status.ts"

/** Rolls each Deployment out through ReplicaSets, one for each template it had. */
export function startDeployments(context: Context): Controller {
  const events = context.recorder("deployment-controller")
  const { client } = context
  return startController(
    "deployment",
    context,
    [
      { ref: refs.deployments, keys: itself },
      { ref: refs.replicaSets, keys: controllerOf("Deployment") },
      { ref: refs.replicaSets, keys: ofMatchingOwners(client, refs.deployments) },
    ],
    (key) => reconcile(key, context, events),
  )
}

interface Sets {
  readonly current: ReplicaSet | undefined
  readonly old: readonly ReplicaSet[]
}

const all = ({ current, old }: Sets): ReplicaSet[] => (current === undefined ? [...old] : [...old, current])

async function reconcile(key: string, context: Context, events: EventRecorder): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const deployment = await present(context.client.get<Deployment>(refs.deployments, name, namespace))
  if (deployment === undefined) return undefined
  return new Rollout(context, deployment, events).step()
}

/** One look at one Deployment and the one step that it takes from there. */
class Rollout {
  constructor(
    private readonly context: Context,
    private deployment: Deployment,
    private readonly events: EventRecorder,
  ) {}

  async step(): Promise<Outcome> {
    const { client } = this.context
    const owned = await claim<ReplicaSet>(client, this.deployment, this.deployment.spec?.selector, refs.replicaSets)
    const found = findNewSet(this.deployment, owned)
    const sets: Sets = { current: found, old: owned.filter((set) => set !== found) }
    if (this.deployment.metadata.deletionTimestamp !== undefined) return this.#writeStatus(sets)
    await this.#notePause()
    if (this.deployment.spec?.paused === true || isScaling(this.deployment, owned)) return this.#resize(sets)
    return this.deployment.spec?.strategy?.type === "Recreate" ? this.#recreate(sets) : this.#rollingUpdate(sets)
  }

  async #rollingUpdate(before: Sets): Promise<Outcome> {
    const sets = await this.#withCurrent(before)
    if (sets.current === undefined) return { afterMs: 0 }
    const steps = planRollingUpdate(this.deployment, sets.current, sets.old)
    if (steps.length > 0) return this.#writeProgress(await this.#scaled(sets, steps))
    await this.#cleanUp(sets)
    return this.#writeProgress(sets)
  }

  async #recreate(before: Sets): Promise<Outcome> {
    const shrinking = planRecreate(before.old)
    if (shrinking.length > 0) return this.#writeProgress(await this.#scaled(before, shrinking))
    // The pods' ends come as changes of their ReplicaSets.
    if (await this.#runsOldPods(before)) return this.#writeProgress(before)
    const sets = await this.#withCurrent(before)
    if (sets.current === undefined) return { afterMs: 0 }
    const replicas = this.deployment.spec?.replicas ?? 1
    const grown = await this.#scaled(sets, [{ set: sets.current, replicas }])
    await this.#cleanUp(grown)
    return this.#writeProgress(grown)
  }

  /** Follows a change of size; a rollout under way is neither begun nor moved on. */
  async #resize(before: Sets): Promise<Outcome> {
    const { client } = this.context
    const refreshed =
      before.current === undefined
        ? undefined
        : await refreshNewSet(client, this.deployment, before.current, before.old)
    const sets = await this.#scaled(
      { ...before, current: refreshed },
      planScaling(this.deployment, refreshed, before.old),
    )
    if (this.deployment.spec?.paused === true) await this.#cleanUp(sets)
    return this.#writeStatus(sets)
  }

  /** The sets with the current one, made or brought up to date; without it when its name is taken. */
  async #withCurrent({ current, old }: Sets): Promise<Sets> {
    const { client, clock } = this.context
    const set =
      current === undefined
        ? await createNewSet(client, this.deployment, old, this.events)
        : await refreshNewSet(client, this.deployment, current, old)
    if (set === undefined) {
      const collisionCount = (this.deployment.status?.collisionCount ?? 0) + 1
      await this.#update({ ...this.deployment.status, collisionCount })
      return { current: undefined, old }
    }
    const conditions = this.deployment.status?.conditions ?? []
    const [reason, verb] = current === undefined ? ["NewReplicaSetCreated", "Created"] : ["FoundNewReplicaSet", "Found"]
    const hasDeadline = deadlineSeconds(this.deployment) !== NO_DEADLINE
    const note = hasDeadline && (current === undefined || findCondition(conditions, "Progressing") === undefined)
    const message = `${verb} new replica set "${set.metadata.name ?? ""}"`
    const noted = note ? withCondition(conditions, "Progressing", "True", reason, message, clock()) : conditions
    await this.#update({ ...this.deployment.status, ...(noted.length > 0 && { conditions: noted }) }, revisionOf(set))
    return { current: set, old }
  }

  async #scaled({ current, old }: Sets, steps: readonly Scaling[]): Promise<Sets> {
    const after = new Map<ReplicaSet, ReplicaSet>()
    for (const step of steps) {
      after.set(step.set, await scale(this.context.client, this.deployment, step, this.events))
    }
    return {
      current: current === undefined ? undefined : (after.get(current) ?? current),
      old: old.map((set) => after.get(set) ?? set),
    }
  }

  async #runsOldPods({ old }: Sets): Promise<boolean> {
    const { namespace = "" } = this.deployment.metadata
    const owners = new Set(old.map((set) => set.metadata.uid))
    const { items } = await this.context.client.list<Pod>(refs.pods, { namespace })
    return items.some((pod) => owners.has(controller(pod)?.uid ?? "") && !isFinished(pod))
  }

  /** Removes the oldest of the sets that only history keeps, as many as are beyond the limit. */
  async #cleanUp({ old, current }: Sets): Promise<void> {
    const { client, clock } = this.context
    const limit = this.deployment.spec?.revisionHistoryLimit
    const status = deploymentStatus(this.deployment, current, all({ old, current }), clock())
    if (limit === undefined || (!isComplete(this.deployment, status) && this.deployment.spec?.paused !== true)) return
    const kept = old.filter((set) => set.metadata.deletionTimestamp === undefined)
    const excess = [...kept].sort((a, b) => revisionOf(a) - revisionOf(b)).slice(0, Math.max(0, kept.length - limit))
    for (const set of excess) {
      const seen = (set.status?.observedGeneration ?? 0) >= (set.metadata.generation ?? 0)
      if (wanted(set) > 0 || (set.status?.replicas ?? 0) > 0 || !seen) continue
      await present(client.delete(refs.replicaSets, set.metadata.name ?? "", set.metadata.namespace))
    }
  }

  /** Pausing stops the deadline; resuming starts it anew. */
  async #notePause(): Promise<void> {
    const { spec, status } = this.deployment
    const conditions = status?.conditions ?? []
    const progressing = findCondition(conditions, "Progressing")
    if (deadlineSeconds(this.deployment) === NO_DEADLINE) return
    if (progressing?.reason === "ProgressDeadlineExceeded") return
    const noted = progressing?.reason === "DeploymentPaused"
    const paused = spec?.paused === true
    if (paused === noted) return
    const now = this.context.clock()
    const [reason, message] = paused
      ? ["DeploymentPaused", "Deployment is paused"]
      : ["DeploymentResumed", "Deployment is resumed"]
    await this.#update({
      ...status,
      conditions: withCondition(conditions, "Progressing", "Unknown", reason, message, now),
    })
  }

  #writeStatus(sets: Sets): Promise<Outcome> {
    return this.#finish(deploymentStatus(this.deployment, sets.current, all(sets), this.context.clock()))
  }

  #writeProgress(sets: Sets): Promise<Outcome> {
    const now = this.context.clock()
    const status = deploymentStatus(this.deployment, sets.current, all(sets), now)
    return this.#finish(withProgress(this.deployment, status, sets.current, all(sets), now))
  }

  async #finish(status: DeploymentStatus): Promise<Outcome> {
    await this.#update(status)
    const afterMs = untilDeadline(this.deployment, status, this.context.clock())
    return afterMs === undefined ? undefined : { afterMs }
  }

  /** Writes status, and the revision as an annotation, if they differ; later steps go on from what is stored then. */
  async #update(status: DeploymentStatus, revision?: number): Promise<void> {
    const { metadata, status: before = {} } = this.deployment
    const annotations =
      revision === undefined ? metadata.annotations : { ...metadata.annotations, [REVISION]: String(revision) }
    if (
      isDeepStrictEqual({ ...status }, { ...before }) &&
      isDeepStrictEqual({ ...annotations }, { ...metadata.annotations })
    )
      return
    this.deployment = await this.context.client.update<Deployment>(
      refs.deployments,
      { ...this.deployment, metadata: { ...metadata, ...(annotations && { annotations }) }, status },
      "status",
    )
  }
}
