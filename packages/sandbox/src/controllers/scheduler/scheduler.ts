import type { KubeClient, KubeObject } from "../../kube/index.ts"
import type { Node, Pod } from "../../kube/types.gen.ts"
import { SchedulingRecorder, type EventRecorder } from "../events/index.ts"
import { condition, isFinished, isTerminating } from "../pods/index.ts"
import {
  itself,
  keyOf,
  present,
  refs,
  splitKey,
  startController,
  timestamp,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { misfit, unschedulableMessage, type Occupied } from "./fit.ts"

const NAME = "default-scheduler"

/**
 * Puts pods on nodes: of those that a pod fits on, the one with the fewest pods. A pod that fits nowhere says why, and
 * is looked at again whenever a node changes or another pod leaves one.
 */
export function startScheduler(context: Context): Controller {
  const { client, clock, log } = context
  const events = new SchedulingRecorder(client, NAME, clock, log)
  const unplaced = async (): Promise<string[]> =>
    (await client.list<Pod>(refs.pods)).items.filter(isUnplaced).map(keyOf)
  const ofPod = (pod: KubeObject & Pod) => {
    if (isUnplaced(pod)) return itself(pod)
    return isFinished(pod) || isTerminating(pod) ? unplaced() : []
  }
  const controller = startController(
    "scheduler",
    context,
    [
      { ref: refs.pods, keys: ofPod },
      { ref: refs.nodes, keys: unplaced },
    ],
    (key) => reconcile(key, context, events),
  )
  return {
    async close() {
      await controller.close()
      await events.flush()
    },
  }
}

function isUnplaced(pod: Pod): boolean {
  const { nodeName = "", schedulerName = NAME, schedulingGates = [] } = pod.spec ?? {}
  return nodeName === "" && schedulerName === NAME && schedulingGates.length === 0 && !isTerminating(pod)
}

async function reconcile(key: string, { client, clock }: Context, events: EventRecorder): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const pod = await present(client.get<Pod>(refs.pods, name, namespace))
  if (pod === undefined || !isUnplaced(pod)) return undefined
  const nodes = await occupiedNodes(client)
  const fitting = nodes.filter((node) => misfit(pod, node) === undefined)
  const [best] = fitting.sort((a, b) => a.pods.length - b.pods.length)
  if (best === undefined) {
    await tellUnschedulable(client, pod, unschedulableMessage(pod, nodes), clock(), events)
    return undefined
  }
  const node = best.node.metadata.name ?? ""
  await client.bind({ namespace, name, uid: pod.metadata.uid ?? "" }, node)
  events.record(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${node}`)
  return undefined
}

async function occupiedNodes(client: KubeClient): Promise<Occupied[]> {
  const [{ items: nodes }, { items: pods }] = await Promise.all([
    client.list<Node>(refs.nodes),
    client.list<Pod>(refs.pods),
  ])
  return nodes.map((node) => ({
    node,
    pods: pods.filter((pod) => pod.spec?.nodeName === node.metadata.name && !isFinished(pod)),
  }))
}

async function tellUnschedulable(
  client: KubeClient,
  pod: Pod,
  message: string,
  now: Date,
  events: EventRecorder,
): Promise<void> {
  const before = condition(pod, "PodScheduled")
  if (before?.status === "False" && before.message === message) return
  const { name = "", namespace, generation } = pod.metadata
  const told = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : timestamp(now),
    observedGeneration: generation,
  }
  const status = { conditions: [told] }
  await client.patch(refs.pods, name, namespace, "strategic", { status }, { subresource: "status" })
  events.record(pod, "Warning", "FailedScheduling", message)
}
