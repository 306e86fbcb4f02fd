import { groupOf, parseObjectId, type Manifest, type ObjectId } from "@serin/core"
import { createInformer, type Informer, type Kind, type KubeClient, type KubeObject } from "../kube/index.ts"
import { pause, type Clock, type Log } from "../runtime/index.ts"

export interface WatchesOptions {
  /** In the name of whoever applies: what may be written may be watched. */
  readonly client: KubeClient
  readonly clock: Clock
  readonly log: Log
  /** Something that is watched changed, appeared or vanished. */
  readonly onChange: (id: ObjectId) => void
  /**
   * First lists that were late are in: what they lack was removed, and no event tells of that. Or a watch over all namespaces was
   * refused, and the next look makes one in each.
   */
  readonly onLateList: () => void
}

/** An object that is to be watched, with the version of its kind to watch it in. */
export interface Watched {
  readonly id: ObjectId
  readonly version: string
}

/** From this many namespaces on, one watch over all of them is cheaper than one in each. */
const namespacesApart = 4

/** How long a reconcile waits for first lists; after that it asks for single objects. */
const syncLimitMs = 5_000

/** The live state of what one Repository applied, by one informer per kind and namespace. */
export class Watches {
  readonly #options: WatchesOptions
  readonly #informers = new Map<string, Informer<KubeObject>>()
  /** Kinds that may not be watched in all namespaces at once: the account's rights end at some of them. */
  readonly #apart = new Set<string>()
  /** Resolves when an informer's first list is in, or was refused: then there is nothing to wait for. */
  readonly #answered = new Map<Informer<KubeObject>, Promise<void>>()

  constructor(options: WatchesOptions) {
    this.#options = options
  }

  /** Watches the kinds of these objects, and lets go of what is no longer needed. Resolves when first lists are in, or late. */
  async ensure(objects: readonly Watched[], served: (kind: Kind) => Promise<boolean>): Promise<void> {
    const wanted = new Map<
      string,
      { readonly kind: Kind; readonly namespace: string | undefined; readonly together: boolean }
    >()
    for (const group of groupByKind(objects)) {
      if (!(await served(group.kind))) continue
      const few = group.namespaces.size <= namespacesApart || this.#apart.has(keyOf(group.kind, ""))
      const apart = few ? [...group.namespaces] : [""]
      for (const namespace of apart) {
        const key = keyOf(group.kind, namespace)
        const together = namespace === "" && !group.namespaces.has("")
        wanted.set(key, { kind: group.kind, namespace: namespace === "" ? undefined : namespace, together })
      }
    }
    const closing: Promise<void>[] = []
    for (const [key, informer] of this.#informers) {
      if (wanted.has(key)) continue
      this.#informers.delete(key)
      this.#answered.delete(informer)
      closing.push(informer.close())
    }
    for (const [key, { kind, namespace, together }] of wanted) {
      if (!this.#informers.has(key)) this.#informers.set(key, this.#watch(kind, namespace, together))
    }
    await Promise.all(closing)
    const lists = Promise.all(this.#answered.values())
    const late = new AbortController()
    const inTime = lists.then(() => true)
    const isInTime = await Promise.race([
      inTime,
      pause(this.#options.clock, syncLimitMs, late.signal).then(() => false),
    ])
    late.abort()
    if (!isInTime) void inTime.then(() => this.#options.onLateList())
  }

  /** As last seen. `known: false` when there is no list of its kind yet, so that nothing can be said. */
  live({ id, version }: Watched): { readonly known: boolean; readonly object?: Manifest & KubeObject } {
    const informer = this.#informerOf({ id, version })
    if (informer?.version === undefined) return { known: false }
    const { namespace, name } = parseObjectId(id)
    const object = informer.get(namespace === "" ? name : `${namespace}/${name}`)
    return object ? { known: true, object: object as Manifest & KubeObject } : { known: true }
  }

  /** Whether what is seen is at least as new as this resource version, which a write answered. */
  isAsNewAs(watched: Watched, resourceVersion: string): boolean {
    const version = this.#informerOf(watched)?.version
    // Resource versions are decimal numbers that rise (KEP-5504).
    return version !== undefined && BigInt(version) >= BigInt(resourceVersion)
  }

  async close(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.close()))
    this.#informers.clear()
    this.#answered.clear()
  }

  #informerOf({ id, version }: Watched): Informer<KubeObject> | undefined {
    const kind = kindOf(id, version)
    return this.#informers.get(keyOf(kind, parseObjectId(id).namespace)) ?? this.#informers.get(keyOf(kind, ""))
  }

  /** `together`: one watch in the place of one in each namespace. */
  #watch(kind: Kind, namespace: string | undefined, together: boolean): Informer<KubeObject> {
    const { client, clock, log, onChange, onLateList } = this.#options
    let refuse: () => void = () => {}
    const refused = new Promise<void>((resolve) => {
      refuse = resolve
    })
    const informer = createInformer<KubeObject>({
      client,
      kind,
      clock,
      log,
      onFailure: ({ code }) => {
        refuse()
        if (!together || code !== "KUBE_FORBIDDEN" || this.#apart.has(keyOf(kind, ""))) return
        this.#apart.add(keyOf(kind, ""))
        onLateList()
      },
      ...(namespace === undefined ? {} : { namespace }),
    })
    this.#answered.set(informer, Promise.race([informer.synced(), refused]))
    const type = `${kind.kind}${groupOf(kind.apiVersion) === "" ? "" : `.${groupOf(kind.apiVersion)}`}`
    informer.onChange((name) => onChange(name.includes("/") ? `${type}/${name}` : `${type}//${name}`))
    return informer
  }
}

/** The kind that an id names, in a version. */
export function kindOf(id: ObjectId, version: string): Kind {
  const { group, kind } = parseObjectId(id)
  return { apiVersion: group === "" ? version : `${group}/${version}`, kind }
}

function groupByKind(objects: readonly Watched[]): { readonly kind: Kind; readonly namespaces: Set<string> }[] {
  const groups = new Map<string, { readonly kind: Kind; readonly namespaces: Set<string> }>()
  for (const { id, version } of objects) {
    const kind = kindOf(id, version)
    const key = keyOf(kind, "")
    const group = groups.get(key) ?? { kind, namespaces: new Set() }
    group.namespaces.add(parseObjectId(id).namespace)
    groups.set(key, group)
  }
  return [...groups.values()]
}

function keyOf(kind: Kind, namespace: string): string {
  return `${kind.apiVersion}/${kind.kind}/${namespace}`
}
