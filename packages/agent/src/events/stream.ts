import type { AgentEvent } from "../api/types.ts"
import type { Clock } from "../runtime/index.ts"

export type NewEvent = Omit<AgentEvent, "seq" | "at">

export interface EventStreamOptions {
  readonly clock: Clock
  /** Events kept for readers that come back. Default 1000. */
  readonly size?: number
}

/** Everything that happens, in order, once: history, notifiers, Kubernetes Events and the web page all read from here. */
export class EventStream {
  readonly #clock: Clock
  readonly #size: number
  readonly #ring: AgentEvent[] = []
  readonly #subscribers = new Set<(event: AgentEvent) => void>()
  #seq: number

  constructor(options: EventStreamOptions) {
    this.#clock = options.clock
    this.#size = options.size ?? 1000
    // A reader from before a restart must not take new events for ones it has seen: start above all of them.
    this.#seq = options.clock.now() * 1000
  }

  /** Sequence number of the newest event. */
  get seq(): number {
    return this.#seq
  }

  emit(event: NewEvent): AgentEvent {
    this.#seq += 1
    const full: AgentEvent = { seq: this.#seq, at: new Date(this.#clock.now()).toISOString(), ...event }
    this.#ring.push(full)
    if (this.#ring.length > this.#size) this.#ring.shift()
    for (const subscriber of this.#subscribers) subscriber(full)
    return full
  }

  /** Events after `seq`; `gap` when older ones are no longer kept, so the reader must take the state anew. */
  since(seq: number): { readonly events: readonly AgentEvent[]; readonly gap: boolean } {
    const first = this.#ring[0]
    const oldest = first ? first.seq : this.#seq + 1
    return { events: this.#ring.filter((event) => event.seq > seq), gap: seq < oldest - 1 || seq > this.#seq }
  }

  /** Called for each event from now on, synchronously and in order; must not throw. Returns how to end it. */
  subscribe(subscriber: (event: AgentEvent) => void): () => void {
    this.#subscribers.add(subscriber)
    return () => this.#subscribers.delete(subscriber)
  }
}
