import type { Clock, Log } from "../runtime/index.ts"
import { KubeFailure, type KubeResult } from "./failure.ts"
import { createInformer } from "./informer.ts"
import type { Informer } from "./informer-types.ts"
import type { KubeClient, KubeObject } from "./types.ts"

export interface Secret extends KubeObject {
  /** Values in base64. */
  readonly data?: Readonly<Record<string, string>>
}

/** Reads Secrets by their names, as they are now. */
export interface SecretReader {
  read(namespace: string, name: string): Promise<KubeResult<Secret>>
}

/** Also tells of changes, as long as a Secret is read now and then. */
export interface SecretFollower extends SecretReader {
  /** `key`: `namespace/name` of a Secret that is there, is another or is gone. Gives what ends it. */
  onChange(handler: (key: string) => void): () => void
}

export interface SecretsOptions {
  readonly kube: KubeClient
  readonly clock: Clock
  readonly log: Log
}

interface Watched {
  readonly informer: Informer<Secret>
  /** What kept the first list from coming. */
  readonly failed: Promise<KubeFailure>
  /** Whether the first list came: from then on the API may be away. */
  isKnown: boolean
  usedAt: number
}

/** One that nobody has asked for in this time is let go. */
const keepMs = 60 * 60_000

/**
 * Secrets that are asked for again and again (what opens a git host, at each look; the key of a webhook, at each call), each watched
 * from the first time on: asking costs the API server nothing, and a new value is there at once. Where the right to watch is
 * missing, as in roles that an older `serin install` made, each is asked for anew.
 */
export class Secrets implements SecretFollower {
  readonly #options: SecretsOptions
  readonly #watched = new Map<string, Watched>()
  readonly #handlers = new Set<(key: string) => void>()

  constructor(options: SecretsOptions) {
    this.#options = options
  }

  async read(namespace: string, name: string): Promise<KubeResult<Secret>> {
    const { kube, clock } = this.#options
    const key = `${namespace}/${name}`
    this.#letGo(clock.now())
    const watched = this.#watched.get(key) ?? this.#watch(key, namespace, name)
    watched.usedAt = clock.now()
    // Without an answer the list fails by itself.
    const failure = await Promise.race([watched.informer.synced().then(() => undefined), watched.failed])
    if (failure?.code === "KUBE_FORBIDDEN")
      return kube.get<Secret>({ apiVersion: "v1", kind: "Secret", namespace, name })
    if (failure) return { ok: false, error: failure }
    const secret = watched.informer.get(key)
    if (secret) return { ok: true, value: secret }
    return { ok: false, error: new KubeFailure("KUBE_NOT_FOUND", `secrets "${name}" not found`) }
  }

  onChange(handler: (key: string) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#watched.values()].map(({ informer }) => informer.close()))
    this.#watched.clear()
  }

  #watch(key: string, namespace: string, name: string): Watched {
    const { kube: client, clock, log } = this.#options
    let fail: (failure: KubeFailure) => void = () => {}
    const failed = new Promise<KubeFailure>((resolve) => {
      fail = resolve
    })
    const informer: Informer<Secret> = createInformer<Secret>({
      client,
      kind: { apiVersion: "v1", kind: "Secret" },
      namespace,
      fieldSelector: `metadata.name=${name}`,
      clock,
      log,
      onFailure: (failure) => {
        // The next one to ask begins anew.
        if (watched.isKnown && failure.code !== "KUBE_FORBIDDEN") return
        fail(failure)
        if (this.#watched.get(key) === watched) this.#watched.delete(key)
        void informer.close()
      },
    })
    informer.onChange((changed) => {
      for (const handler of this.#handlers) handler(changed)
    })
    const watched: Watched = { informer, failed, isKnown: false, usedAt: clock.now() }
    void informer.synced().then(() => {
      watched.isKnown = true
    })
    this.#watched.set(key, watched)
    return watched
  }

  #letGo(now: number): void {
    for (const [key, { informer, usedAt }] of this.#watched) {
      if (now - usedAt < keepMs) continue
      this.#watched.delete(key)
      void informer.close()
    }
  }
}
