import { ApiError, type KubeClient } from "../kube/index.ts"
import type { Lease, Node } from "../kube/types.gen.ts"
import type { Log } from "../log.ts"
import { nodeObject, type Machine } from "./node-object.ts"
import { refs } from "./refs.ts"

/** A kubelet's: the lease says that it lives, the status is written when it says nothing new as well. */
const leaseSeconds = 40
const renewInterval = 10_000
const statusInterval = 5 * 60_000

const leaseNamespace = "kube-node-lease"

export interface RegistrationOptions {
  readonly client: KubeClient
  readonly machine: Machine
  readonly now: () => number
  readonly log: Log
}

/** Makes this machine a Node of the cluster and keeps it one until closed. */
export async function register(options: RegistrationOptions): Promise<{ readonly node: Node; close(): void }> {
  const { client, machine, now, log } = options
  const started = now()
  const node = await putNode(options, started)
  let statusAt = started
  const beat = async (): Promise<void> => {
    try {
      await renew(options)
      if (now() - statusAt < statusInterval) return
      const { status } = nodeObject(machine, started, now())
      await client.patch(refs.nodes, machine.name, undefined, "strategic", { status }, { subresource: "status" })
      statusAt = now()
    } catch (error) {
      log("node's heartbeat not written", { error: String(error) })
    }
  }
  await beat()
  const timer = setInterval(() => void beat(), renewInterval)
  timer.unref()
  return { node, close: () => clearInterval(timer) }
}

async function putNode({ client, machine, now }: RegistrationOptions, started: number): Promise<Node> {
  const wanted = nodeObject(machine, started, now())
  try {
    await client.create(refs.nodes, wanted)
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "AlreadyExists") throw error
  }
  // A create leaves the status out.
  const { status } = wanted
  return client.patch<Node>(refs.nodes, machine.name, undefined, "strategic", { status }, { subresource: "status" })
}

async function renew({ client, machine, now }: RegistrationOptions): Promise<void> {
  const renewTime = new Date(now()).toISOString().replace("Z", "000Z")
  const spec = { holderIdentity: machine.name, leaseDurationSeconds: leaseSeconds, renewTime }
  try {
    await client.patch<Lease>(refs.leases, machine.name, leaseNamespace, "merge", { spec })
  } catch (error) {
    if (!(error instanceof ApiError) || error.reason !== "NotFound") throw error
    await client.create<Lease>(refs.leases, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: machine.name, namespace: leaseNamespace },
      spec,
    })
  }
}
