import type { KubeClient, KubeObject } from "../../kube/index.ts"
import type { Node, Pod } from "../../kube/types.gen.ts"
import type { EventRecorder } from "../events/index.ts"
import { condition, isTerminating } from "../pods/index.ts"
import {
  itself,
  keyOf,
  present,
  refs,
  splitKey,
  startController,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { misfit, unschedulableMessage } from "./fit.ts"

const NAME = "default-scheduler"

/**
 * Puts pods on nodes: of those that a pod fits on, the one with the fewest pods. A pod that fits nowhere says why, and
 * is looked at again whenever a node changes.
 */
export function startScheduler(context: Context): Controller {
  const { client } = context
  const events = context.recorder(NAME)
  const ofNode = async (): Promise<string[]> => (await client.list<Pod>(refs.pods)).items.filter(isUnplaced).map(keyOf)
  return startController(
    "scheduler",
    context,
    [
      { ref: refs.pods, keys: (pod: KubeObject) => (isUnplaced(pod) ? itself(pod) : []) },
      { ref: refs.nodes, keys: ofNode },
    ],
    (key) => reconcile(key, context, events),
  )
}

function isUnplaced(pod: Pod): boolean {
  const { nodeName = "", schedulerName = NAME } = pod.spec ?? {}
  return nodeName === "" && schedulerName === NAME && !isTerminating(pod)
}

async function reconcile(key: string, { client, clock }: Context, events: EventRecorder): Promise<Outcome> {
  const { namespace, name } = splitKey(key)
  const pod = await present(client.get<Pod>(refs.pods, name, namespace))
  if (pod === undefined || !isUnplaced(pod) || (pod.spec?.schedulingGates ?? []).length > 0) return undefined
  const { items: nodes } = await client.list<Node>(refs.nodes)
  const node = await emptiest(
    client,
    nodes.filter((one) => misfit(pod, one) === undefined),
  )
  if (node === undefined) {
    await tellUnschedulable(client, pod, unschedulableMessage(pod, nodes), clock(), events)
    return undefined
  }
  await client.bind({ namespace, name, uid: pod.metadata.uid ?? "" }, node)
  events.record(pod, "Normal", "Scheduled", `Successfully assigned ${key} to ${node}`)
  return undefined
}

async function emptiest(client: KubeClient, nodes: readonly Node[]): Promise<string | undefined> {
  const names = nodes.map((node) => node.metadata.name ?? "")
  if (names.length < 2) return names[0]
  const { items: pods } = await client.list<Pod>(refs.pods)
  const load = (name: string): number => pods.filter((pod) => pod.spec?.nodeName === name).length
  return names.sort((a, b) => load(a) - load(b))[0]
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
  const condition_ = {
    type: "PodScheduled",
    status: "False",
    reason: "Unschedulable",
    message,
    lastProbeTime: null,
    lastTransitionTime: before?.status === "False" ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`,
  }
  const { name = "", namespace } = pod.metadata
  await client.patch(
    refs.pods,
    name,
    namespace,
    "strategic",
    { status: { conditions: [condition_] } },
    { subresource: "status" },
  )
  events.record(pod, "Warning", "FailedScheduling", message)
}
