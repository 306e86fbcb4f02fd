import { allows, parseReference, repositoryOf, type ImageReference, type TagInfo, type TagListing } from "@serin/core"
import { ok, type Result, type SerinError } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import type { KubeClient } from "../kube/index.ts"
import type { Login, RegistryClient } from "../registry/index.ts"
import { after, done, failed, WorkQueue, type Clock, type Log, type Outcome } from "../runtime/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import { withLogin } from "./logins.ts"
import type { ImageUse } from "./uses.ts"

export interface ImageBookOptions {
  readonly registry: RegistryClient
  readonly kubeFor: (key: RepositoryKey) => KubeClient
  readonly events: EventStream
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** How often tags are listed without a registry's notification, in ms. Default one minute. */
  readonly intervalMs?: number
}

export interface KnownTags extends TagListing {
  /** When they were listed, ms since the epoch. */
  readonly at: number
}

/** A policy by creation date costs up to three requests for each tag that is new. */
const MAX_DATED = 200

/**
 * What registries say about the images that Git uses: one listing per image repository, however many workloads use it,
 * repeated by time and at once when a registry tells of a push.
 */
export class ImageBook {
  readonly #options: ImageBookOptions
  readonly #queue: WorkQueue
  readonly #handlers = new Set<(repository: string) => void>()
  readonly #known = new Map<string, KnownTags>()
  readonly #failures = new Map<string, SerinError>()
  readonly #created = new Map<string, Map<string, string>>()
  #uses: ReadonlyMap<string, readonly ImageUse[]> = new Map()

  constructor(options: ImageBookOptions) {
    this.#options = options
    this.#queue = new WorkQueue({
      name: "images",
      reconcile: (repository, signal) => this.#list(repository, signal),
      clock: options.clock,
      log: options.log,
      random: options.random,
      onFailure: (repository, error, failures) => {
        // Said once for each time that it begins, not at each attempt.
        if (failures === 1)
          options.events.emit({
            kind: "error",
            subject: repository,
            message: `${error.message} ${error.next}`,
            severity: "warning",
          })
      },
    })
  }

  async close(): Promise<void> {
    await this.#queue.close()
  }

  /** The image repositories to keep an eye on. */
  watch(uses: ReadonlyMap<string, readonly ImageUse[]>): void {
    const before = this.#uses
    this.#uses = uses
    for (const repository of this.#known.keys()) if (!uses.has(repository)) this.#forget(repository)
    for (const [repository, using] of uses) {
      const known = before.get(repository)
      if (known === undefined || policiesOf(known) !== policiesOf(using)) this.#queue.add(repository)
    }
  }

  /** A registry says that something changed under these paths of its own. */
  pushed(paths: readonly string[]): void {
    for (const repository of this.#uses.keys()) {
      const reference = parseReference(repository)
      if (reference === undefined) continue
      if (!this.#options.registry.paths(reference).some((path) => paths.includes(path))) continue
      this.#created.delete(repository)
      this.#queue.add(repository)
    }
  }

  /** Called with the image repository after its tags were listed. Returns how to end it. */
  onChange(handler: (repository: string) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  /** As last listed; undefined before the first time. */
  known(repository: string): KnownTags | undefined {
    return this.#known.get(repository)
  }

  /** Why the last listing failed; undefined when it did not. */
  failure(repository: string): SerinError | undefined {
    return this.#failures.get(repository)
  }

  /** Each image repository that Git uses, and how its last listing went. */
  states(): readonly { readonly repository: string; readonly tags?: number; readonly failure?: SerinError }[] {
    return [...this.#uses.keys()].map((repository) => {
      const tags = this.#known.get(repository)?.tags.length
      const failure = this.#failures.get(repository)
      return { repository, ...(tags === undefined ? {} : { tags }), ...(failure === undefined ? {} : { failure }) }
    })
  }

  /** Digest a tag points at now; asks the registry. */
  async digest(reference: ImageReference, tag: string, signal?: AbortSignal): Promise<Result<string>> {
    return this.#asked(reference, (login) => this.#options.registry.digest(reference, tag, login, signal))
  }

  /** Tags now, also of an image that nobody uses; asks the registry. */
  async tagsNow(reference: ImageReference): Promise<Result<KnownTags>> {
    const listed = await this.#asked(reference, (login) => this.#options.registry.tags(reference, login))
    if (!listed.ok) return listed
    const created = this.#created.get(repositoryOf(reference))
    const tags = listed.value.tags.map((tag) => infoOf(tag, created))
    return ok({ tags, complete: listed.value.complete, at: this.#options.clock.now() })
  }

  async #list(repository: string, signal: AbortSignal): Promise<Outcome> {
    const { registry, clock, random, events, intervalMs = 60_000 } = this.#options
    const uses = this.#uses.get(repository)
    const reference = parseReference(repository)
    if (uses === undefined || reference === undefined) return done
    let taken: Login | undefined
    const listed = await this.#asked(reference, (login) => {
      taken = login
      return registry.tags(reference, login, signal)
    })
    if (!listed.ok) {
      this.#failures.set(repository, listed.error)
      return failed(listed.error)
    }
    if (this.#failures.delete(repository))
      events.emit({
        kind: "image",
        subject: repository,
        message: `The tags of ${repository} can be listed again`,
        severity: "info",
      })
    const created = await this.#dates(repository, reference, listed.value.tags, uses, taken, signal)
    const known = {
      tags: listed.value.tags.map((tag) => infoOf(tag, created)),
      complete: listed.value.complete,
      at: clock.now(),
    }
    this.#tellNew(repository, known)
    this.#known.set(repository, known)
    for (const handler of this.#handlers) handler(repository)
    return after(intervalMs * (0.9 + 0.2 * random()))
  }

  async #dates(
    repository: string,
    reference: ImageReference,
    tags: readonly string[],
    uses: readonly ImageUse[],
    login: Login | undefined,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, string>> {
    const dated = this.#created.get(repository) ?? new Map<string, string>()
    this.#created.set(repository, dated)
    const byDate = uses.flatMap(({ policy, tag }) => (policy?.order === "created" ? [{ policy, tag }] : []))
    const wanted = tags.filter(
      (tag) => !dated.has(tag) && byDate.some((use) => use.tag === tag || allows(use.policy, tag)),
    )
    for (const tag of wanted.slice(0, MAX_DATED)) {
      const details = await this.#options.registry.details(reference, tag, login, signal)
      if (details.ok && details.value.created !== undefined) dated.set(tag, details.value.created)
    }
    if (wanted.length > MAX_DATED)
      this.#options.log("more tags than creation dates are fetched for at once", { repository, tags: wanted.length })
    return dated
  }

  #tellNew(repository: string, now: KnownTags): void {
    const before = this.#known.get(repository)
    if (before === undefined) return
    const old = new Set(before.tags.map((info) => info.tag))
    const fresh = now.tags.filter((info) => !old.has(info.tag)).map((info) => info.tag)
    if (fresh.length === 0) return
    const shown = fresh.slice(0, 10).join(", ")
    this.#options.events.emit({
      kind: "image",
      subject: repository,
      message: `New in ${repository}: ${shown}${fresh.length > 10 ? ` and ${fresh.length - 10} more` : ""}`,
      severity: "info",
      data: { tags: fresh.slice(0, 100) },
    })
  }

  #asked<T>(reference: ImageReference, ask: (login: Login | undefined) => Promise<Result<T>>): Promise<Result<T>> {
    const { kubeFor, log } = this.#options
    return withLogin(reference, { uses: this.#uses.get(repositoryOf(reference)) ?? [], kubeFor, log }, ask)
  }

  #forget(repository: string): void {
    this.#known.delete(repository)
    this.#failures.delete(repository)
    this.#created.delete(repository)
  }
}

const infoOf = (tag: string, created: ReadonlyMap<string, string> | undefined): TagInfo => {
  const date = created?.get(tag)
  return date === undefined ? { tag } : { tag, created: date }
}

/** Changes when another listing may be needed: for a policy by date, or with other pull secrets. */
function policiesOf(uses: readonly ImageUse[]): string {
  return JSON.stringify(uses.map((use) => [use.policy?.text, use.namespace, use.serviceAccount, use.pullSecrets]))
}
