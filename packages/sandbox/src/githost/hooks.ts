import { randomUUID } from "node:crypto"
import { hubSignature } from "../http/index.ts"
import type { Log } from "../log.ts"
import { Outbox, type Delivery } from "../outbox/index.ts"
import { pushEvent, type Addresses } from "./push-event.ts"
import type { RefChange } from "./pushes.ts"
import type { Repositories, Repository } from "./repositories.ts"

/** The last attempt at a delivery, and which hook it was for. */
export interface HookDelivery extends Delivery {
  readonly hookId: number
}

/** Deliveries remembered per repository. */
const remembered = 100

/** Tells the hooks of a repository about each ref that a push has changed, in the order of the pushes. */
export class Hooks {
  readonly #outbox: Outbox
  readonly #log: Log
  readonly #hookOf = new Map<string, { repository: string; hookId: number }>()
  readonly #deliveries = new Map<string, HookDelivery[]>()
  /** The events of one repository are built and queued one push after the other. */
  readonly #turns = new Map<string, Promise<void>>()

  constructor(
    readonly repositories: Repositories,
    readonly addresses: (repository: string) => Addresses,
    log: Log,
  ) {
    this.#log = log
    this.#outbox = new Outbox({ log, onAttempt: (delivery) => this.#remember(delivery) })
  }

  /** Returns at once; the deliveries to the hooks of this moment follow. */
  pushed(name: string, changes: readonly RefChange[], pusher: string): void {
    const repository = this.repositories.find(name)
    if (!repository) return
    const turn = (this.#turns.get(name) ?? Promise.resolve()).then(() => this.#announce(repository, changes, pusher))
    this.#turns.set(
      name,
      turn.catch((error: unknown) => this.#log("push event could not be made", { repository: name, error })),
    )
  }

  /** Newest first. */
  deliveries(repository: string, hookId: number): HookDelivery[] {
    return (this.#deliveries.get(repository) ?? []).filter((each) => each.hookId === hookId).toReversed()
  }

  async close(): Promise<void> {
    await Promise.all(this.#turns.values())
    await this.#outbox.close()
  }

  async #announce(repository: Repository, changes: readonly RefChange[], pusher: string): Promise<void> {
    const hooks = repository.settings.hooks.filter(({ active }) => active)
    if (hooks.length === 0) return
    const addresses = this.addresses(repository.name)
    const events = await Promise.all(changes.map((change) => pushEvent(repository, change, pusher, addresses)))
    for (const event of events) {
      const body = JSON.stringify(event)
      for (const { id: hookId, url, secret } of hooks) {
        const id = randomUUID()
        this.#hookOf.set(id, { repository: repository.name, hookId })
        const headers = {
          "content-type": "application/json",
          "user-agent": "serin-githost",
          "x-github-event": "push",
          "x-github-delivery": id,
          "x-github-hook-id": String(hookId),
          ...(secret === undefined ? {} : { "x-hub-signature-256": hubSignature(secret, body) }),
        }
        this.#outbox.send({ id, url, headers, body })
      }
    }
  }

  #remember(delivery: Delivery): void {
    const target = this.#hookOf.get(delivery.letter.id)
    if (!target) return
    if (delivery.outcome !== "retrying") this.#hookOf.delete(delivery.letter.id)
    const known = (this.#deliveries.get(target.repository) ?? []).filter(
      ({ letter }) => letter.id !== delivery.letter.id,
    )
    const kept = [...known, { ...delivery, hookId: target.hookId }].slice(-remembered)
    this.#deliveries.set(target.repository, kept)
  }
}
