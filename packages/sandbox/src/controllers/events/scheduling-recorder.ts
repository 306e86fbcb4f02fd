import type { KubeClient, KubeObject } from "../../kube/index.ts"
import type { ObjectReference } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import { refs } from "../runtime/refs.ts"
import { eventName, namespaceOf, referenceTo } from "./names.ts"
import { EventQueue, type EventRecorder, type EventType } from "./recorder.ts"

/** An event of the group `events.k8s.io`, which shows as an event of the core group too. */
interface RegardingEvent extends KubeObject {
  readonly eventTime: string
  readonly reportingController: string
  readonly reportingInstance: string
  readonly action: string
  readonly reason: string
  readonly regarding: ObjectReference
  readonly note: string
  readonly type: EventType
}

/** Which action a scheduler's reason belongs to. */
const actions: Readonly<Record<string, string>> = { Scheduled: "Binding", FailedScheduling: "Scheduling" }

/** Events as the scheduler writes them: with an exact time and an action, and without counts. */
export class SchedulingRecorder implements EventRecorder {
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
    const regarding = referenceTo(object)
    const now = this.clock()
    const event: RegardingEvent = {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: eventName(regarding, now), namespace: namespaceOf(regarding) },
      eventTime: now.toISOString().replace("Z", "000Z"),
      reportingController: this.component,
      reportingInstance: `${this.component}-serin`,
      action: actions[reason] ?? reason,
      reason,
      regarding,
      note: message,
      type,
    }
    this.#queue.add(reason, async () => {
      await this.client.create(refs.regardingEvents, event)
    })
  }

  flush(): Promise<void> {
    return this.#queue.flush()
  }
}
