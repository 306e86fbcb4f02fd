import { backoffMs, pause, type Clock, type Log } from "../runtime/index.ts"
import type { KubeFailure } from "./failure.ts"
import type { Informer, ObjectName } from "./informer-types.ts"
import type { Kind, KubeClient, KubeObject, ListOptions, WatchEvent } from "./types.ts"

export interface InformerOptions<T extends KubeObject> extends ListOptions {
  readonly client: KubeClient
  readonly kind: Kind
  readonly clock: Clock
  readonly log: Log
  /** What is kept of an object, to save memory; undefined passes it over. Default: all of it. */
  readonly keep?: (object: T) => T | undefined
  /** Told of each failure, also of those that pass; the informer goes on by itself. */
  readonly onFailure?: (failure: KubeFailure) => void
}

/** The server ends a watch after this long, so that load spreads over its replicas. */
const watchSeconds = 300
/** The API sends a bookmark about every minute: a watch that is silent for longer is dead, whatever TCP believes. */
const idleMs = 150_000
/** A missing CustomResourceDefinition may appear at any moment: look often. */
const retry = { firstMs: 200, maxMs: 3_000 }

/** Starts to list and watch. Runs until closed, through failures, restarts of the API and `410 Gone`. */
export function createInformer<T extends KubeObject>(options: InformerOptions<T>): Informer<T> {
  return new ListWatch(options)
}

class ListWatch<T extends KubeObject> implements Informer<T> {
  readonly #options: InformerOptions<T>
  readonly #store = new Map<ObjectName, T>()
  readonly #handlers = new Set<(name: ObjectName) => void>()
  readonly #stop = new AbortController()
  readonly #running: Promise<void>
  readonly #synced: Promise<void>
  #markSynced: () => void = () => {}
  /** Where the store stands, by the last list, event or bookmark; undefined: list first. */
  #version: string | undefined

  constructor(options: InformerOptions<T>) {
    this.#options = options
    this.#synced = new Promise((resolve) => {
      this.#markSynced = resolve
    })
    this.#running = this.#run()
  }

  get(name: ObjectName): T | undefined {
    return this.#store.get(name)
  }

  get version(): string | undefined {
    return this.#version
  }

  list(): readonly T[] {
    return [...this.#store.values()]
  }

  synced(): Promise<void> {
    return this.#synced
  }

  onChange(handler: (name: ObjectName) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  async close(): Promise<void> {
    this.#stop.abort()
    this.#handlers.clear()
    await this.#running
  }

  async #run(): Promise<void> {
    const { clock } = this.#options
    const { signal } = this.#stop
    let failures = 0
    while (!signal.aborted) {
      const began = clock.now()
      const watching = this.#version !== undefined
      const failure = this.#version === undefined ? await this.#list() : await this.#watch(this.#version)
      if (failure?.code === "KUBE_GONE") {
        this.#version = undefined
      } else if (failure) {
        failures += 1
        this.#tell(failure, failures)
        await pause(clock, failure.retryAfterMs ?? backoffMs(retry, failures, Math.random()), signal)
      } else {
        failures = 0
        // A server that ends every watch at once (a proxy in between, say) is not asked without pause.
        if (watching && clock.now() - began < 1000) await pause(clock, 1000, signal)
      }
    }
  }

  async #list(): Promise<KubeFailure | undefined> {
    const { client, kind } = this.#options
    const listed = await client.list<T>(kind, this.#options)
    if (!listed.ok) return listed.error
    if (this.#stop.signal.aborted) return undefined
    const present = new Set<ObjectName>()
    for (const object of listed.value.items) {
      present.add(nameOf(object))
      this.#put(object)
    }
    for (const name of this.#store.keys()) if (!present.has(name)) this.#remove(name)
    this.#version = listed.value.resourceVersion
    this.#markSynced()
    return undefined
  }

  async #watch(resourceVersion: string): Promise<KubeFailure | undefined> {
    const { client, kind, clock } = this.#options
    const idle = new AbortController()
    const signal = AbortSignal.any([this.#stop.signal, idle.signal])
    let cancel = clock.schedule(idleMs, () => idle.abort())
    const onEvent = (event: WatchEvent<T>) => {
      cancel()
      cancel = clock.schedule(idleMs, () => idle.abort())
      this.#take(event)
    }
    const options = { ...this.#options, resourceVersion, timeoutSeconds: watchSeconds }
    const ended = await client.watch<T>(kind, options, onEvent, signal)
    cancel()
    if (ended.ok) return undefined
    if (ended.error.code === "KUBE_GONE") this.#version = undefined
    return ended.error
  }

  #take(event: WatchEvent<T>): void {
    if (event.type === "BOOKMARK") {
      this.#version = event.resourceVersion
      return
    }
    this.#version = event.object.metadata.resourceVersion
    if (event.type === "DELETED") this.#remove(nameOf(event.object))
    else this.#put(event.object)
  }

  #put(object: T): void {
    const kept = this.#options.keep ? this.#options.keep(object) : object
    const name = nameOf(object)
    if (!kept) {
      this.#remove(name)
      return
    }
    const before = this.#store.get(name)
    this.#store.set(name, kept)
    if (before?.metadata.resourceVersion !== kept.metadata.resourceVersion) this.#changed(name)
  }

  #remove(name: ObjectName): void {
    if (this.#store.delete(name)) this.#changed(name)
  }

  #changed(name: ObjectName): void {
    for (const handler of this.#handlers) handler(name)
  }

  #tell(failure: KubeFailure, failures: number): void {
    const { kind, namespace, log, onFailure } = this.#options
    onFailure?.(failure)
    // The first says it; the rest only now and then, for an API that is away for an hour.
    if (failures === 1 || failures % 20 === 0) {
      log("watch failed, trying again", {
        kind: kind.kind,
        namespace,
        code: failure.code,
        error: failure.message,
        failures,
      })
    }
  }
}

export function nameOf({ metadata }: KubeObject): ObjectName {
  return metadata.namespace === undefined ? metadata.name : `${metadata.namespace}/${metadata.name}`
}
