import { ApiError, type KubeClient, type KubeObject } from "../../kube/index.ts"
import type { Event, ObjectReference } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import { refs } from "../runtime/refs.ts"

/** Events of one component. Writing them never fails the work that they tell of. */
export class EventRecorder {
  /** Names of written events by what they say: the same again is counted, not written anew. */
  readonly #written = new Map<string, string>()
  readonly #writing = new Set<Promise<void>>()
  #sequence = 0

  constructor(
    private readonly client: KubeClient,
    private readonly component: string,
    private readonly clock: () => Date,
    private readonly log: Log,
    /** The node that the component runs on, if it is one of each node. */
    private readonly host = "",
  ) {}

  /**
   * Tells of an object, or of a part of it: `spec.containers{app}`. `reason` is a word in CamelCase, `message` a sentence.
   */
  record(object: KubeObject, type: "Normal" | "Warning", reason: string, message: string, fieldPath?: string): void {
    const about = referenceTo(object)
    const part = fieldPath === undefined ? about : { ...about, fieldPath }
    const writing = this.#write(part, type, reason, message)
      .catch((error: unknown) => this.log("event not written", { reason, error: String(error) }))
      .finally(() => this.#writing.delete(writing))
    this.#writing.add(writing)
  }

  /** Resolves when everything recorded so far is written. */
  async flush(): Promise<void> {
    await Promise.all(this.#writing)
  }

  async #write(about: ObjectReference, type: string, reason: string, message: string): Promise<void> {
    const namespace = about.namespace ?? "default"
    const content = JSON.stringify([about.uid, about.fieldPath, type, reason, message])
    const seconds = `${this.clock().toISOString().slice(0, 19)}Z`
    const known = this.#written.get(content)
    if (known !== undefined && (await this.#count(known, namespace, seconds))) return
    const name = `${about.name ?? ""}.${this.#uniqueSuffix()}`
    this.#written.set(content, name)
    await this.client.create<Event>(refs.events, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: about,
      reason,
      message,
      type,
      source: { component: this.component, ...(this.host !== "" && { host: this.host }) },
      reportingComponent: this.component,
      reportingInstance: this.host,
      firstTimestamp: seconds,
      lastTimestamp: seconds,
      count: 1,
    })
  }

  /** Counts one more of an event; false if it is gone by now. */
  async #count(name: string, namespace: string, seconds: string): Promise<boolean> {
    try {
      const { count = 1 } = await this.client.get<Event>(refs.events, name, namespace)
      await this.client.patch(refs.events, name, namespace, "strategic", { count: count + 1, lastTimestamp: seconds })
      return true
    } catch (error) {
      if (error instanceof ApiError && error.reason === "NotFound") return false
      throw error
    }
  }

  /** Nanoseconds of now in hexadecimal, as the real ones are named; a counter keeps events of one millisecond apart. */
  #uniqueSuffix(): string {
    this.#sequence = (this.#sequence + 1) % 1_000_000
    return (BigInt(this.clock().getTime()) * 1_000_000n + BigInt(this.#sequence)).toString(16)
  }
}

function referenceTo({ apiVersion, kind, metadata }: KubeObject): ObjectReference {
  const { namespace, name, uid, resourceVersion } = metadata
  return {
    apiVersion,
    kind,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(uid !== undefined && { uid }),
    ...(resourceVersion !== undefined && { resourceVersion }),
  }
}
