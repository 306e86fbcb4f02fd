import { join } from "node:path"
import { EventStream, writeKubernetesEvents } from "./events/index.ts"
import { Git } from "./git/index.ts"
import {
  createInformer,
  createKubeClient,
  Secrets,
  type Credentials,
  type Informer,
  type Kind,
  type KubeClient,
  type KubeObject,
  type ListOptions,
} from "./kube/index.ts"
import { Outbound } from "./outbound/index.ts"
import type { AgentParts } from "./parts.ts"
import type { Clock, CrashPoint, Log } from "./runtime/index.ts"
import { readSettings, settingsName, type SettingsMap } from "./settings.ts"
import { repositoryKind, Source, StatusWriter, type RepositoryObject } from "./source/index.ts"
import { Sync } from "./sync/index.ts"

export interface CoreOptions {
  readonly credentials: Credentials
  /** Holds clones and keys; may be lost at any time. */
  readonly cacheDir: string
  /** The process's environment: PATH for git and ssh, proxies. */
  readonly environment: Readonly<Record<string, string | undefined>>
  /** File of certificate authorities (PEM) that are trusted beside the system's; need not be there. */
  readonly caBundle?: string
  readonly clock: Clock
  /** In [0, 1). */
  readonly random: () => number
  readonly log: Log
  readonly at: CrashPoint
  /** Ways to a repository, as git names them. Default `http:https:ssh`. */
  readonly gitProtocols?: string
  /** Asked right before each act on the cluster or on Git. Default: always. */
  readonly mayAct?: () => boolean
}

export interface Core {
  readonly parts: AgentParts
  /** Whether the Repositories of the cluster are known. */
  readonly ready: () => boolean
  close(): Promise<void>
}

/**
 * Git and cluster, joined: follows the Repositories and syncs them. Starts at once and waits by itself for what is not there
 * yet: the API server, the custom resources, the settings. Throws CONFIG_INVALID when the environment names a proxy that is none.
 */
export function startCore(options: CoreOptions): Core {
  const { clock, random, log, at, environment } = options
  const { mayAct = () => true, caBundle } = options
  const outbound = new Outbound({ environment, clock, log, ...(caBundle === undefined ? {} : { caBundle }) })
  const kube = createKubeClient(options.credentials, { mayWrite: mayAct })
  const informers = new SharedInformers({ kube, clock, log })
  const events = new EventStream({ clock })
  const repositories = informers.get<RepositoryObject>(repositoryKind)
  const settings = informers.get<SettingsMap>(
    { apiVersion: "v1", kind: "ConfigMap" },
    { namespace: settingsName.namespace, fieldSelector: `metadata.name=${settingsName.name}` },
  )
  const status = new StatusWriter({ kube, clock, at })
  const git = new Git({
    folder: options.cacheDir,
    path: environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin",
    outbound,
    ...(options.gitProtocols === undefined ? {} : { protocols: options.gitProtocols }),
  })
  const folder = join(options.cacheDir, "clones")
  const shared = { kube, informer: repositories, status, events, clock, random, log, at }
  const written = writeKubernetesEvents({ stream: events, kube, log })
  const secrets = new Secrets({ kube, clock, log })
  const source = new Source({ ...shared, secrets, git, folder, mayAct })
  const sync = new Sync({ ...shared, source })
  return {
    parts: {
      kube,
      secrets,
      informer: (kind, selection) => informers.get(kind, selection),
      repositories: source,
      sync,
      events,
      outbound,
      settings: () => readSettings(settings.get(`${settingsName.namespace}/${settingsName.name}`), log),
      clock,
      random,
      mayAct,
      log,
      at,
    },
    ready: () => repositories.version !== undefined,
    close: async () => {
      await sync.close()
      await source.close()
      await written.close()
      await informers.close()
      await secrets.close()
      await kube.close()
      await outbound.close()
    },
  }
}

/** One informer per question, however many ask it. */
class SharedInformers {
  readonly #parts: { readonly kube: KubeClient; readonly clock: Clock; readonly log: Log }
  readonly #informers = new Map<string, Informer<KubeObject>>()

  constructor(parts: { readonly kube: KubeClient; readonly clock: Clock; readonly log: Log }) {
    this.#parts = parts
  }

  get<T extends KubeObject>(kind: Kind, selection: ListOptions = {}): Informer<T> {
    const key = JSON.stringify([kind.apiVersion, kind.kind, selection])
    const present = this.#informers.get(key)
    // The kind says what the objects are; the API's own validation stands behind it.
    if (present) return present as unknown as Informer<T>
    const { kube: client, clock, log } = this.#parts
    const made = createInformer<T>({ client, kind, clock, log, ...selection })
    this.#informers.set(key, made)
    return made
  }

  async close(): Promise<void> {
    await Promise.all([...this.#informers.values()].map((informer) => informer.close()))
  }
}
