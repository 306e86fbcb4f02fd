import type { KubeClient, KubeObject } from "../../kube/index.ts"
import type { Event, ObjectReference } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import { present } from "../runtime/absence.ts"
import { refs } from "../runtime/refs.ts"
import { timestamp } from "../runtime/time.ts"
import { eventName, namespaceOf, referenceTo } from "./names.ts"

export type EventType = "Normal" | "Warning"

/** Events of one component. Writing them never fails the work that they tell of. */
export interface EventRecorder {
  /** Tells of an object. `reason` is a word in CamelCase, `message` a sentence. */
  record(object: KubeObject, type: EventType, reason: string, message: string): void
  /** Resolves when everything recorded so far is written. */
  flush(): Promise<void>
}

/** Runs writes one after another, so that events are stored in the order they were told. */
export class EventQueue {
  #last: Promise<void> = Promise.resolve()

  constructor(private readonly log: Log) {}

  add(reason: string, write: () => Promise<void>): void {
    this.#last = this.#last
      .then(write)
      .catch((error: unknown) => this.log("event not written", { reason, error: String(error) }))
  }

  flush(): Promise<void> {
    return this.#last
  }
}

/** Events as the controller manager writes them: the same again is counted, not written anew. */
export class CountingRecorder implements EventRecorder {
  readonly #written = new Map<string, string>()
  readonly #queue: EventQueue

  constructor(
    private readonly client: KubeClient,
    private readonly component: string,
    private readonly clock: () => Date,
    log: Log,
  ) {
    this.#queue = new EventQueue(log)
  }

  record(object: KubeObject, type: EventType, reason: string, message: string): void {
    const about = referenceTo(object)
    this.#queue.add(reason, () => this.#write(about, type, reason, message))
  }

  flush(): Promise<void> {
    return this.#queue.flush()
  }

  async #write(about: ObjectReference, type: EventType, reason: string, message: string): Promise<void> {
    const namespace = namespaceOf(about)
    const content = JSON.stringify([about.uid, about.resourceVersion, type, reason, message])
    const now = this.clock()
    const known = this.#written.get(content)
    const before =
      known === undefined ? undefined : await present(this.client.get<Event>(refs.events, known, namespace))
    if (known !== undefined && before !== undefined) {
      const again = { count: (before.count ?? 1) + 1, lastTimestamp: timestamp(now) }
      await this.client.patch(refs.events, known, namespace, "strategic", again)
      return
    }
    const name = eventName(about, now)
    this.#written.set(content, name)
    await this.client.create<Event>(refs.events, {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: about,
      reason,
      message,
      type,
      source: { component: this.component },
      reportingComponent: this.component,
      reportingInstance: "",
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      count: 1,
    })
  }
}
