import { createHash } from "node:crypto"
import type { AgentEvent } from "../api/types.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { Log } from "../runtime/index.ts"
import type { EventStream } from "./stream.ts"

export interface KubernetesEventsOptions {
  readonly stream: EventStream
  readonly kube: KubeClient
  readonly log: Log
}

/** A core/v1 Event: what `kubectl describe` shows below an object. */
interface KubernetesEvent extends KubeObject {
  readonly involvedObject: Involved
  readonly reason: string
  readonly message: string
  readonly type: "Normal" | "Warning"
  readonly count: number
  readonly firstTimestamp: string
  readonly lastTimestamp: string
  readonly source: { readonly component: string }
}

interface Involved {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid?: string
}

/** Kinds whose objects `kubectl describe` is asked about, by the subjects of our events. */
const apiVersions: Readonly<Record<string, string>> = {
  Repository: "serin.dev/v1alpha1",
  Canary: "serin.dev/v1alpha1",
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Service: "v1",
  ConfigMap: "v1",
  VirtualService: "networking.istio.io/v1",
  DestinationRule: "networking.istio.io/v1",
}

/** More than this waiting, and new ones are dropped: they are a courtesy, the stream is the record. */
const mostWaiting = 100
/** The API's own limit is 1024 bytes. */
const longestMessage = 1000

/**
 * Writes events about Kubernetes objects into the cluster, so that `kubectl describe` shows them. The same event again raises
 * its count. A failure loses the Event, not the event, and is logged.
 */
export function writeKubernetesEvents(options: KubernetesEventsOptions): { close(): Promise<void> } {
  const { stream, log } = options
  let waiting = 0
  let last: Promise<void> = Promise.resolve()
  const unsubscribe = stream.subscribe((event) => {
    const subject = subjectOf(event)
    if (!subject || waiting >= mostWaiting) return
    waiting += 1
    last = last
      .then(() => write(event, subject, options))
      .catch((error: unknown) => log("event could not be written", { reason: reasonOf(event), error: String(error) }))
      .finally(() => {
        waiting -= 1
      })
  })
  return {
    close: async () => {
      unsubscribe()
      await last
    },
  }
}

async function write(event: AgentEvent, subject: Involved, { kube }: KubernetesEventsOptions): Promise<void> {
  const object = await kube.get<KubeObject>(subject)
  const uid = object.ok ? object.value.metadata.uid : undefined
  const involvedObject: Involved = { ...subject, ...(uid === undefined ? {} : { uid }) }
  const made = kubernetesEvent(event, involvedObject)
  const created = await kube.create(made)
  if (created.ok) return
  if (created.error.code !== "KUBE_EXISTS") throw created.error
  const { name, namespace } = made.metadata
  const ref = { apiVersion: "v1", kind: "Event", name, ...(namespace === undefined ? {} : { namespace }) }
  const known = await kube.get<KubernetesEvent>(ref)
  const count = known.ok ? known.value.count + 1 : 2
  const raised = await kube.patch(ref, "merge", { count, lastTimestamp: made.lastTimestamp })
  if (!raised.ok) throw raised.error
}

/** Named by what it says, so that the same event again, also after a restart, is the same object. */
function kubernetesEvent(event: AgentEvent, involvedObject: Involved): KubernetesEvent {
  const reason = reasonOf(event)
  const message = event.message.length > longestMessage ? `${event.message.slice(0, longestMessage)}…` : event.message
  const identity = JSON.stringify([involvedObject, reason, message])
  const suffix = createHash("sha256").update(identity).digest("hex").slice(0, 16)
  const at = event.at.replace(/\.\d+Z$/, "Z")
  return {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name: `${involvedObject.name}.${suffix}`, namespace: involvedObject.namespace },
    involvedObject,
    reason,
    message,
    type: event.severity === "info" ? "Normal" : "Warning",
    count: 1,
    firstTimestamp: at,
    lastTimestamp: at,
    source: { component: "serin" },
  }
}

/**
 * `Deployment test/web` as an object, for kinds that are known; undefined for everything else. That a Repository's push was seen and
 * applied stands in its status: an Event that says it again would cost the API server more than the push.
 */
function subjectOf({ subject = "", severity }: AgentEvent): Involved | undefined {
  const [, kind = "", namespace = "", name = ""] = /^(\w+) ([^/\s]+)\/(\S+)$/.exec(subject) ?? []
  if (kind === "Repository" && severity === "info") return undefined
  const apiVersion = apiVersions[kind]
  return apiVersion === undefined ? undefined : { apiVersion, kind, namespace, name }
}

const reasons: Readonly<Record<string, string>> = { drift: "DriftCorrected", sync: "Synced", error: "Failed" }

function reasonOf({ kind }: AgentEvent): string {
  return reasons[kind] ?? `${kind.charAt(0).toUpperCase()}${kind.slice(1)}`
}
