import {
  containersOf,
  healthOf,
  parseMark,
  PROTECTED_ANNOTATION,
  readRoute,
  valueAt,
  type Live,
  type Rollout,
  type WorkloadLive,
} from "@serin/core"
import { ok, type Result } from "../errors.ts"
import type { Informer, KubeClient, KubeObject, ObjectRef } from "../kube/index.ts"
import { kinds, type LiveDeployment, type LiveObject } from "./objects.ts"

export interface LiveParts {
  readonly kube: KubeClient
  readonly deployments: Informer<LiveDeployment>
}

/** A canary's objects in the cluster. Those that decisions hang on are read from the API, not from a store that may lag. */
export interface Seen {
  readonly live: Live
  readonly virtualService: LiveObject | undefined
  readonly delivery: LiveObject | undefined
}

/** Kubernetes' own default. */
const PROGRESS_DEADLINE_SECONDS = 600

/** The object, undefined when there is none; a failure when the API cannot say. */
export async function lookUp<T extends KubeObject>(kube: KubeClient, ref: ObjectRef): Promise<Result<T | undefined>> {
  const got = await kube.get<T>(ref)
  if (got.ok) return got
  return got.error.code === "KUBE_NOT_FOUND" || got.error.code === "KUBE_UNKNOWN_KIND" ? ok(undefined) : got
}

export async function look(rollout: Rollout, { kube, deployments }: LiveParts): Promise<Result<Seen>> {
  const { namespace } = rollout.ref
  const { spec } = rollout
  const [virtualService, delivery] = await Promise.all([
    lookUp<LiveObject>(kube, { ...kinds.virtualService, namespace, name: spec.virtualService.name }),
    lookUp<LiveObject>(kube, { ...kinds.delivery, ...rollout.ref }),
  ])
  if (!virtualService.ok) return virtualService
  if (!delivery.ok) return delivery
  const side = (name: "stable" | "canary"): WorkloadLive | undefined => {
    const found = deployments.get(`${namespace}/${spec[name].deployment}`)
    return found && workloadOf(found, rollout[name].container.name)
  }
  const seq = valueAt(delivery.value, ["spec", "seq"])
  const route = readRoute(virtualService.value, {
    stable: spec.stable.subset,
    canary: spec.canary.subset,
    ...(spec.virtualService.route !== undefined && { route: spec.virtualService.route }),
  })
  const mark = parseMark(virtualService.value?.metadata.annotations?.[PROTECTED_ANNOTATION])
  const stable = side("stable")
  const canary = side("canary")
  return ok({
    virtualService: virtualService.value,
    delivery: delivery.value,
    live: {
      ...(typeof seq === "number" && { seq }),
      ...(route.ok && { weights: route.route.weights }),
      ...(stable !== undefined && { stable }),
      ...(canary !== undefined && { canary }),
      ...(mark !== undefined && { mark }),
    },
  })
}

function workloadOf(deployment: LiveDeployment, container: string): WorkloadLive {
  const { status, message } = healthOf(deployment)
  const image = containersOf("Deployment", deployment).find((one) => one.name === container)?.image ?? ""
  return {
    image,
    desired: deployment.spec?.replicas ?? 1,
    ready: deployment.status?.readyReplicas ?? 0,
    settled: status === "current",
    ...(status === "failed" && { failed: message }),
    progressDeadlineMs: (deployment.spec?.progressDeadlineSeconds ?? PROGRESS_DEADLINE_SECONDS) * 1000,
  }
}
