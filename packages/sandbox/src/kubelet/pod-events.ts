import { ApiError, type KubeClient, type KubeObject, type ResourceRef } from "../kube/index.ts"
import type { Event, ObjectReference } from "../kube/types.gen.ts"
import type { Log } from "../log.ts"
import { apiTime } from "./status/time.ts"

export interface PodEventsOptions {
  readonly client: KubeClient
  readonly nodeName: string
  readonly now: () => number
  readonly log: Log
}

/** What an event tells. */
export interface Told {
  readonly type: "Normal" | "Warning"
  readonly reason: string
  readonly message: string
  /** The part of the object that it is about: `spec.containers{app}`. */
  readonly fieldPath?: string
}

const events: ResourceRef = { group: "", version: "v1", resource: "events" }
const component = "kubelet"
/** So many different ones are remembered; then the oldest is written anew when it comes again. */
const remembered = 4_096

/**
 * The kubelet's events, in the order they were told. The same again is counted on the one that was written, as client-go
 * does it. Writing them never fails the work that they tell of.
 */
export class PodEvents {
  readonly #names = new Map<string, string>()
  #last: Promise<void> = Promise.resolve()
  #number = 0

  constructor(private readonly options: PodEventsOptions) {}

  tell(object: KubeObject, told: Told): void {
    const time = this.options.now()
    this.#last = this.#last
      .then(() => this.#write(object, told, time))
      .catch((error: unknown) => {
        this.options.log("event not written", { reason: told.reason, error: String(error) })
      })
  }

  /** Resolves when all that was told is written. */
  flush(): Promise<void> {
    return this.#last
  }

  async #write(object: KubeObject, told: Told, time: number): Promise<void> {
    const { client, nodeName } = this.options
    const { name = "", namespace = "default", uid = "" } = object.metadata
    const key = JSON.stringify([uid, told])
    const written = this.#names.get(key)
    if (written !== undefined && (await this.#count(written, namespace, time))) return
    const event = `${name}.${(BigInt(time) * 1_000_000n + BigInt(this.#number++ % 1_000_000)).toString(16)}`
    this.#remember(key, event)
    await client.create<Event>(events, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name: event, namespace },
      involvedObject: referenceTo(object, told.fieldPath),
      type: told.type,
      reason: told.reason,
      message: told.message,
      count: 1,
      firstTimestamp: apiTime(time),
      lastTimestamp: apiTime(time),
      source: { component, host: nodeName },
      reportingComponent: component,
      reportingInstance: nodeName,
    })
  }

  /** False when the event has expired. */
  async #count(name: string, namespace: string, time: number): Promise<boolean> {
    const { client } = this.options
    try {
      const { count = 1 } = await client.get<Event>(events, name, namespace)
      const more = { count: count + 1, lastTimestamp: apiTime(time) }
      await client.patch(events, name, namespace, "strategic", more)
      return true
    } catch (error) {
      if (error instanceof ApiError && error.code === 404) return false
      throw error
    }
  }

  #remember(key: string, name: string): void {
    this.#names.delete(key)
    this.#names.set(key, name)
    const [oldest] = this.#names.keys()
    if (this.#names.size > remembered && oldest !== undefined) this.#names.delete(oldest)
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject, fieldPath: string | undefined): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
    ...(uid === undefined ? {} : { uid }),
    ...(resourceVersion === undefined ? {} : { resourceVersion }),
    ...(fieldPath === undefined ? {} : { fieldPath }),
  }
}
