import { isDeepStrictEqual } from "node:util"
import { ApiError, type KubeClient } from "../../kube/index.ts"
import type { Deployment, ReplicaSet } from "../../kube/types.gen.ts"
import type { EventRecorder } from "../events/index.ts"
import { controller, controllerReference } from "../pods/index.ts"
import { refs } from "../runtime/index.ts"
import { currentAnnotations, nextRevision, sizeAnnotations } from "./annotations.ts"
import { rolloutLimits } from "./limits.ts"
import { byAge, newSetSize, wanted, type Scaling } from "./plan.ts"
import { HASH_LABEL, sameTemplate, templateHash } from "./template-hash.ts"

/** The Deployment's present ReplicaSet: the oldest of those with its template. */
export function findNewSet(deployment: Deployment, sets: readonly ReplicaSet[]): ReplicaSet | undefined {
  const template = deployment.spec?.template ?? {}
  return [...sets].sort(byAge).find((set) => sameTemplate(set.spec?.template ?? {}, template))
}

/** Brings a present ReplicaSet's revision and annotations up to date; returns it as it is afterwards. */
export async function refreshNewSet(
  client: KubeClient,
  deployment: Deployment,
  set: ReplicaSet,
  oldSets: readonly ReplicaSet[],
): Promise<ReplicaSet> {
  const present = set.metadata.annotations ?? {}
  const annotations = currentAnnotations(deployment, present, nextRevision(oldSets))
  const minReadySeconds = deployment.spec?.minReadySeconds ?? 0
  if (isDeepStrictEqual({ ...annotations }, { ...present }) && (set.spec?.minReadySeconds ?? 0) === minReadySeconds)
    return set
  return client.update(refs.replicaSets, {
    ...set,
    metadata: { ...set.metadata, annotations },
    ...(set.spec !== undefined && { spec: { ...set.spec, minReadySeconds } }),
  })
}

/** Makes the ReplicaSet of a new template, as large as it may be at once. `undefined`: its name is taken, try again. */
export async function createNewSet(
  client: KubeClient,
  deployment: Deployment,
  oldSets: readonly ReplicaSet[],
  events: EventRecorder,
): Promise<ReplicaSet | undefined> {
  const { name = "", namespace, uid } = deployment.metadata
  const template = deployment.spec?.template ?? {}
  const hash = templateHash(template, deployment.status?.collisionCount)
  const labels = { ...template.metadata?.labels, [HASH_LABEL]: hash }
  const selector = deployment.spec?.selector ?? {}
  const replicas = newSetSize(deployment, oldSets, undefined)
  const { maxSurge } = rolloutLimits(deployment)
  const set: ReplicaSet = {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace !== undefined && { namespace }),
      labels,
      annotations: {
        ...currentAnnotations(deployment, {}, nextRevision(oldSets)),
        ...sizeAnnotations(deployment.spec?.replicas ?? 1, maxSurge),
      },
      ownerReferences: [controllerReference(deployment)],
    },
    spec: {
      replicas,
      ...(deployment.spec?.minReadySeconds !== undefined && { minReadySeconds: deployment.spec.minReadySeconds }),
      selector: { ...selector, matchLabels: { ...selector.matchLabels, [HASH_LABEL]: hash } },
      template: { ...template, metadata: { ...template.metadata, labels } },
    },
  }
  try {
    const made = await client.create(refs.replicaSets, set)
    if (replicas > 0) {
      events.record(
        deployment,
        "Normal",
        "ScalingReplicaSet",
        `Scaled up replica set ${name}-${hash} from 0 to ${String(replicas)}`,
      )
    }
    return made
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error
    const taken = await client.get<ReplicaSet>(refs.replicaSets, `${name}-${hash}`, namespace)
    return controller(taken)?.uid === uid && sameTemplate(taken.spec?.template ?? {}, template) ? taken : undefined
  }
}

/** Gives a ReplicaSet its size and lets it remember that of the Deployment; nothing is written if both are so. */
export async function scale(
  client: KubeClient,
  deployment: Deployment,
  { set, replicas }: Scaling,
  events: EventRecorder,
): Promise<ReplicaSet> {
  const before = wanted(set)
  const size = sizeAnnotations(deployment.spec?.replicas ?? 1, rolloutLimits(deployment).maxSurge)
  const annotations = { ...set.metadata.annotations, ...size }
  if (before === replicas && isDeepStrictEqual(annotations, { ...set.metadata.annotations })) return set
  const scaled = await client.update(refs.replicaSets, {
    ...set,
    metadata: { ...set.metadata, annotations },
    ...(set.spec !== undefined && { spec: { ...set.spec, replicas } }),
  })
  if (before !== replicas) {
    const direction = before < replicas ? "up" : "down"
    const change = `from ${String(before)} to ${String(replicas)}`
    events.record(
      deployment,
      "Normal",
      "ScalingReplicaSet",
      `Scaled ${direction} replica set ${set.metadata.name ?? ""} ${change}`,
    )
  }
  return scaled
}
