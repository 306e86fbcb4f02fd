import { isDeepStrictEqual } from "node:util"
import type { KubeClient } from "../../kube/index.ts"
import type { Pod, ReplicaSet } from "../../kube/types.gen.ts"
import type { EventRecorder } from "../events/index.ts"
import { claim, isActive, podFromTemplate } from "../pods/index.ts"
import {
  controllerOf,
  itself,
  missing,
  present,
  refs,
  splitKey,
  startController,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { ofMatchingOwners } from "./orphans.ts"
import { deletionOrder } from "./ranking.ts"
import { nextAvailability, replicaSetStatus, type Failure } from "./status.ts"

/** More pods than this are not made or deleted in one go. */
const BURST = 500

/** Keeps as many pods as each ReplicaSet asks for, and counts them in its status. */
export function startReplicaSets(context: Context): Controller {
  const events = context.recorder("replicaset-controller")
  return startController(
    "replicaset",
    context,
    [
      { ref: refs.replicaSets, keys: itself },
      { ref: refs.pods, keys: controllerOf("ReplicaSet") },
      { ref: refs.pods, keys: ofMatchingOwners(context.client, refs.replicaSets) },
    ],
    (key) => reconcile(key, context, events),
  )
}

async function reconcile(key: string, { client, clock }: Context, events: EventRecorder): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const set = await present(client.get<ReplicaSet>(refs.replicaSets, name, namespace))
  if (set === undefined) return undefined
  const pods = await claim<Pod>(client, set, set.spec?.selector, refs.pods)
  const leaving = set.metadata.deletionTimestamp !== undefined
  const failed = leaving ? undefined : await meetReplicas(client, set, pods, events)
  const now = clock().getTime()
  // Counted as seen before making or deleting: the changes come back as pods and are counted then.
  const status = replicaSetStatus(set, pods, failed?.failure, now)
  if (!isDeepStrictEqual(status, { ...set.status })) await client.update(refs.replicaSets, { ...set, status }, "status")
  if (failed !== undefined) throw failed.error
  const next = nextAvailability(set, pods, now)
  return next === undefined ? undefined : { afterMs: next - now }
}

async function meetReplicas(
  client: KubeClient,
  set: ReplicaSet,
  pods: readonly Pod[],
  events: EventRecorder,
): Promise<{ readonly failure: Failure; readonly error: unknown } | undefined> {
  const active = pods.filter(isActive)
  const lacking = (set.spec?.replicas ?? 1) - active.length
  try {
    for (let made = 0; made < Math.min(lacking, BURST); made += 1) {
      const pod = await client.create(refs.pods, podFromTemplate(set, set.spec?.template ?? {}))
      events.record(set, "Normal", "SuccessfulCreate", `Created pod: ${pod.metadata.name ?? ""}`)
    }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    events.record(set, "Warning", "FailedCreate", `Error creating: ${message}`)
    return { failure: { reason: "FailedCreate", message }, error }
  }
  for (const pod of deletionOrder(active).slice(0, Math.min(Math.max(-lacking, 0), BURST))) {
    const { name = "", namespace } = pod.metadata
    await missing(client.delete(refs.pods, name, namespace))
    events.record(set, "Normal", "SuccessfulDelete", `Deleted pod: ${name}`)
  }
  return undefined
}
