import { mkdir, rm } from "node:fs/promises"
import { join } from "node:path"
import type { ImageStore } from "../images/index.ts"
import type { KubeClient, NodeBackend } from "../kube/index.ts"
import type { Pod } from "../kube/types.gen.ts"
import type { Log } from "../log.ts"
import type { Node } from "../node/index.ts"
import { Backoff } from "./backoff.ts"
import { nodeBackend } from "./backend.ts"
import { Configuration } from "./configuration.ts"
import { builtInImages } from "./images/built-in.ts"
import { ImagePuller } from "./images/image-puller.ts"
import { thisMachine } from "./node-object.ts"
import { PodEvents } from "./pod-events.ts"
import { PodWorker, type PodWorkerOptions } from "./pod/pod-worker.ts"
import { Starter } from "./pod/starter.ts"
import { refs } from "./refs.ts"
import { register } from "./registration.ts"

export interface KubeletOptions {
  /** As the user `system:node:<name>`. */
  readonly client: KubeClient
  readonly node: Node
  readonly images: ImageStore
  /** For logs and volumes; emptied at the start. */
  readonly dataDir: string
  readonly log: Log
  readonly clock?: () => Date
  /** Default: `serin-node`. */
  readonly nodeName?: string
  readonly timing?: Partial<KubeletTiming>
}

/** All in milliseconds. */
export interface KubeletTiming {
  /** Before a container that has failed again is run again, doubling to the limit. The same for pulls of images. */
  readonly backoff: number
  readonly backoffLimit: number
  /** Before what could not be started is tried again. */
  readonly retry: number
  readonly drainDelay: number
  readonly volumeInterval: number
}

const defaultTiming: KubeletTiming = {
  backoff: 10_000,
  backoffLimit: 300_000,
  retry: 10_000,
  drainDelay: 200,
  volumeInterval: 60_000,
}

export interface Kubelet {
  readonly backend: NodeBackend
  /** Lets go of the API; pods end with their node. */
  close(): Promise<void>
}

const hostIp = "10.244.0.1"

/** Registers this machine as a node and runs the pods that are bound to it. Rejects when it cannot register. */
export async function startKubelet(options: KubeletOptions): Promise<Kubelet> {
  const { client, node, images, dataDir, log, clock = () => new Date(), nodeName = "serin-node" } = options
  const timing = { ...defaultTiming, ...options.timing }
  const now = (): number => clock().getTime()
  await rm(dataDir, { recursive: true, force: true })
  await mkdir(dataDir, { recursive: true })
  const machine = thisMachine(nodeName, hostIp)
  const events = new PodEvents({ client, nodeName, now, log })
  const registration = await register({ client, machine, now, log })
  const { node: registered } = registration
  events.tell(registered, { type: "Normal", reason: "Starting", message: "Starting kubelet." })
  const message = `Node ${nodeName} status is now: NodeReady`
  events.tell(registered, { type: "Normal", reason: "NodeReady", message })

  const configuration = new Configuration(client)
  const newBackoff = (): Backoff => new Backoff(timing.backoff, timing.backoffLimit)
  const shared: PodWorkerOptions = {
    client,
    node,
    configuration,
    capacity: machine,
    starter: new Starter({ node, client, configuration, capacity: machine, dataDir }),
    puller: new ImagePuller({
      images,
      builtIn: await builtInImages(join(dataDir, "built-in")),
      backoff: newBackoff(),
      now,
    }),
    crashBackoff: newBackoff(),
    mountBackoff: new Backoff(Math.min(500, timing.retry), 122_000),
    dataDir,
    hostIp,
    now,
    retryAfter: timing.retry,
    drainDelay: timing.drainDelay,
    volumeInterval: timing.volumeInterval,
    tell: (pod, type, reason, text, container) => {
      const part = container === undefined ? {} : { fieldPath: partOf(pod, container) }
      events.tell(pod, { type, reason, message: text, ...part })
    },
    log,
  }
  const workers = new Map<string, PodWorker>()
  const stop = new AbortController()
  client.watch<Pod>(
    refs.pods,
    { fieldSelector: `spec.nodeName=${nodeName}` },
    ({ type, object: pod }) => {
      const uid = pod.metadata.uid ?? ""
      const present = workers.get(uid)
      if (type === "DELETED") {
        workers.delete(uid)
        void present?.remove()
      } else if (present !== undefined) present.update(pod)
      else if (!isDone(pod)) {
        const worker = new PodWorker(pod, shared)
        workers.set(uid, worker)
        worker.update(pod)
      }
    },
    stop.signal,
  )
  const find = (wanted: { readonly namespace: string; readonly name: string }): PodWorker | undefined =>
    [...workers.values()].find(
      ({ pod: { metadata } }) => metadata.name === wanted.name && metadata.namespace === wanted.namespace,
    )
  return {
    backend: nodeBackend({ node, find, dataDir, now }),
    close: async () => {
      stop.abort()
      registration.close()
      await Promise.all([...workers.values()].map((worker) => worker.remove()))
      await events.flush()
    },
  }
}

/** A pod that ended under an earlier kubelet is not run again; one that is to be deleted still has to be. */
function isDone({ metadata, status }: Pod): boolean {
  return metadata.deletionTimestamp === undefined && (status?.phase === "Succeeded" || status?.phase === "Failed")
}

function partOf({ spec }: Pod, container: string): string {
  const isInit = spec?.initContainers?.some(({ name }) => name === container) ?? false
  return `spec.${isInit ? "initContainers" : "containers"}{${container}}`
}
