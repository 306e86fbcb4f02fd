import { ownerAnnotation, parseDuration, type Edit, type Tree } from "@serin/core"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { EventStream } from "../events/index.ts"
import {
  createGitWriter,
  displayUrl,
  Mirror,
  type CommitInfo,
  type Fetched,
  type Git,
  type GitWriter,
  type Remote,
  type SubmitOptions,
} from "../git/index.ts"
import {
  serviceAccountUser,
  type Informer,
  type KubeClient,
  type KubeObject,
  type SecretFollower,
} from "../kube/index.ts"
import type { Repositories, Revision } from "../parts.ts"
import {
  after,
  done,
  failed,
  WorkQueue,
  type Clock,
  type CrashPoint,
  type Log,
  type Outcome,
} from "../runtime/index.ts"
import { remoteOf } from "./auth.ts"
import { RevisionReader } from "./revision.ts"
import { keyOf, type RepositoryKey, type RepositoryObject } from "./repository.ts"
import type { StatusWriter } from "./status.ts"

export interface SourceOptions {
  readonly informer: Informer<RepositoryObject>
  readonly kube: KubeClient
  readonly secrets: SecretFollower
  readonly git: Git
  /** Holds the clones. */
  readonly folder: string
  readonly status: StatusWriter
  readonly events: EventStream
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly at: CrashPoint
  readonly mayAct: () => boolean
}

/** What is open of one Repository. */
interface Opened {
  /** Of the spec and the secrets in it: another one opens it anew. */
  readonly identity: string
  readonly mirror: Mirror
  readonly writer: GitWriter & { close(): Promise<void> }
  readonly reader: RevisionReader
  revision?: Revision
  /** When the host was last asked, in ms since the epoch. */
  fetchedAt?: number
}

const committer = { name: "Serin", email: "serin@serin.dev" }
const defaultIntervalMs = 60_000

/** `namespace/name` of the Secret that opens a Repository's host. */
const secretOf = ({ metadata: { namespace }, spec: { auth } }: RepositoryObject): string | undefined =>
  auth && `${namespace}/${auth.secretRef.name}`

/**
 * Keeps a clone of each Repository's branch: looks at the git host at its interval and when told to, and tells what the head
 * is. While the host is away, the branch gone or the key refused, the last revision stays, and the status says why.
 */
export class Source implements Repositories {
  readonly #options: SourceOptions
  readonly #queue: WorkQueue
  readonly #opened = new Map<RepositoryKey, Opened>()
  readonly #asked = new Set<RepositoryKey>()
  /** Who waits for the next look at a Repository to end. */
  readonly #waiting = new Map<RepositoryKey, (() => void)[]>()
  readonly #failing = new Map<RepositoryKey, string>()
  readonly #handlers = new Set<(key: RepositoryKey) => void>()
  readonly #unsubscribe: () => void

  constructor(options: SourceOptions) {
    this.#options = options
    const { clock, log, random } = options
    this.#queue = new WorkQueue({
      name: "source",
      reconcile: (key) => this.#reconcileAndTell(key),
      clock,
      log,
      random,
      backoff: { firstMs: 500, maxMs: 5_000 },
      onFailure: (key, error) => this.#sayFailure(key, error),
    })
    const unsubscribe = [
      options.informer.onChange((key) => this.#queue.add(key)),
      // What opens the host has changed, or is gone: it is looked at by that, whenever the next look would have been.
      options.secrets.onChange((secret) => {
        for (const repository of this.list()) if (secretOf(repository) === secret) this.#queue.add(keyOf(repository))
      }),
    ]
    this.#unsubscribe = () => unsubscribe.forEach((end) => end())
    for (const repository of options.informer.list()) this.#queue.add(keyOf(repository))
  }

  list(): readonly RepositoryObject[] {
    return this.#options.informer.list()
  }

  get(key: RepositoryKey): RepositoryObject | undefined {
    return this.#options.informer.get(key)
  }

  head(key: RepositoryKey): Revision | undefined {
    return this.#opened.get(key)?.revision
  }

  writer(key: RepositoryKey): GitWriter | undefined {
    return this.#opened.get(key)?.writer
  }

  async log(key: RepositoryKey, { limit }: { readonly limit: number }): Promise<Result<readonly CommitInfo[]>> {
    const opened = this.#opened.get(key)
    return opened ? opened.mirror.log(limit) : fail(notOpen(key))
  }

  treeAt(key: RepositoryKey, commit: string): Promise<Result<Tree>> {
    const opened = this.#opened.get(key)
    return opened ? opened.mirror.tree(commit) : Promise.resolve(fail(notOpen(key)))
  }

  mayPush(key: RepositoryKey): Promise<Result<void>> {
    const opened = this.#opened.get(key)
    return opened ? opened.mirror.mayPush() : Promise.resolve(fail(notOpen(key)))
  }

  past(key: RepositoryKey, commit: string, paths: readonly string[]): Promise<Result<readonly Tree[]>> {
    const opened = this.#opened.get(key)
    return opened ? opened.mirror.past(commit, paths) : Promise.resolve(fail(notOpen(key)))
  }

  /** The revision at a commit, e.g. the last good one while the head is not. */
  async revisionAt(key: RepositoryKey, commit: string): Promise<Result<Revision>> {
    const opened = this.#opened.get(key)
    if (!opened) return fail(notOpen(key))
    const read = await opened.mirror.tree(commit)
    return read.ok ? ok(await new RevisionReader().read(read.value, opened.mirror.path)) : read
  }

  fetchNow(key: RepositoryKey): void {
    this.#asked.add(key)
    this.#queue.add(key)
  }

  refresh(key: RepositoryKey, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(), { once: true })
      this.#waiting.set(key, [...(this.#waiting.get(key) ?? []), resolve])
      this.fetchNow(key)
    })
  }

  onHead(handler: (key: RepositoryKey) => void): () => void {
    this.#handlers.add(handler)
    return () => this.#handlers.delete(handler)
  }

  ownerOf(object: KubeObject): RepositoryKey | undefined {
    return object.metadata.annotations?.[ownerAnnotation]
  }

  kubeFor(key: RepositoryKey): KubeClient {
    const repository = this.get(key)
    const namespace = repository?.metadata.namespace ?? key.slice(0, key.indexOf("/"))
    const account = repository?.spec.serviceAccountName ?? "default"
    return this.#options.kube.as(serviceAccountUser(namespace, account))
  }

  async close(): Promise<void> {
    this.#unsubscribe()
    await this.#queue.close()
    await Promise.all([...this.#opened.values()].map(({ writer }) => writer.close()))
  }

  /** A look that has begun before someone asked is not theirs: they are told by the next one. */
  async #reconcileAndTell(key: RepositoryKey): Promise<Outcome> {
    const waiting = this.#waiting.get(key) ?? []
    this.#waiting.delete(key)
    try {
      return await this.#reconcile(key)
    } finally {
      for (const tell of waiting) tell()
    }
  }

  async #reconcile(key: RepositoryKey): Promise<Outcome> {
    const repository = this.get(key)
    if (!repository) {
      await this.#forget(key)
      return done
    }
    const opening = await this.#open(key, repository)
    if (!opening.ok) return this.#refuse(key, repository, opening.error)
    const opened = opening.value
    const interval = parseDuration(repository.spec.interval ?? "") ?? defaultIntervalMs
    const due = opened.fetchedAt === undefined ? 0 : opened.fetchedAt + interval - this.#options.clock.now()
    let fetched: Fetched | undefined
    if (this.#asked.delete(key) || due <= 0) {
      const result = await opened.mirror.fetch()
      if (!result.ok) {
        delete opened.fetchedAt
        // What an earlier process fetched is better than nothing: drift can be corrected without the host.
        await this.#load(key, opened)
        return this.#refuse(key, repository, result.error)
      }
      fetched = result.value
      opened.fetchedAt = this.#options.clock.now()
    }
    const loaded = await this.#load(key, opened)
    if (!loaded.ok) return this.#refuse(key, repository, loaded.error)
    if (loaded.value) await this.#sayRevision(repository, opened, loaded.value, fetched)
    this.#sayRecovery(key, repository)
    // The head is written by sync, with what it made of it: a push costs one write.
    const written = await this.#options.status.write(key, repository, {
      condition: { type: "Fetched", status: "True", reason: "Fetched", message: `${branchOf(repository)} was read` },
    })
    if (written) return failed(written)
    return after(fetched ? interval : Math.max(due, 0))
  }

  async #open(key: RepositoryKey, repository: RepositoryObject): Promise<Result<Opened>> {
    const remote = await remoteOf(repository, this.#options.secrets)
    if (!remote.ok) return remote
    const path = (repository.spec.path ?? "").replace(/^\.?\/+|\/+$/g, "")
    const pushesPerMinute = repository.spec.pushesPerMinute ?? 6
    const identity = JSON.stringify([remote.value, path, pushesPerMinute])
    const present = this.#opened.get(key)
    if (present?.identity === identity) return ok(present)
    try {
      const opened = this.#make(key, identity, remote.value, path, pushesPerMinute)
      await present?.writer.close()
      this.#opened.set(key, opened)
      return ok(opened)
    } catch (error) {
      if (error instanceof SerinError) return fail(error)
      throw error
    }
  }

  #make(key: RepositoryKey, identity: string, remote: Remote, path: string, pushesPerMinute: number): Opened {
    const { git, folder, clock, log, at, mayAct } = this.#options
    const mirror = new Mirror({ git, folder, name: key, remote, path, log, onHead: () => this.#queue.add(key) })
    const inner = createGitWriter({ git, mirror, committer, pushesPerMinute, clock, log, at, mayAct })
    const writer = {
      submit: async (edit: Edit, how?: SubmitOptions) => {
        const result = await inner.submit(edit, how)
        // The Secret may hold another key by now, and would not be read again before the interval is over.
        if (result.kind === "failed" && result.error.code === "GIT_UNAUTHORIZED") this.fetchNow(key)
        return result
      },
      close: () => inner.close(),
    }
    return { identity, mirror, writer, reader: new RevisionReader() }
  }

  /** Reads the mirror's head unless it is read; gives the revision when it is another than before. */
  async #load(key: RepositoryKey, opened: Opened): Promise<Result<Revision | undefined>> {
    const head = await opened.mirror.head()
    if (head === undefined || opened.revision?.commit === head) return ok(undefined)
    const read = await opened.mirror.tree(head)
    if (!read.ok) return read
    opened.revision = await opened.reader.read(read.value, opened.mirror.path)
    for (const handler of this.#handlers) handler(key)
    return ok(opened.revision)
  }

  async #forget(key: RepositoryKey): Promise<void> {
    const opened = this.#opened.get(key)
    this.#opened.delete(key)
    this.#failing.delete(key)
    await opened?.writer.close()
    for (const handler of this.#handlers) handler(key)
  }

  async #refuse(key: RepositoryKey, repository: RepositoryObject, error: SerinError): Promise<Outcome> {
    const stays = this.head(key) ? `; revision ${this.head(key)?.commit.slice(0, 7) ?? ""} stays` : ""
    const message = `${error.message}${stays}. ${error.next}`
    const condition = { type: "Fetched", status: "False", reason: error.code, message } as const
    const written = await this.#options.status.write(key, repository, { condition })
    for (const handler of this.#handlers) handler(key)
    // A Secret or a right that was set right tells nobody: keep looking also where an error by itself would not be retried.
    const { code, next } = error
    return failed(written ?? new SerinError(code, error.message, { cause: error, next, retry: "backoff" }))
  }

  async #sayRevision(
    repository: RepositoryObject,
    opened: Opened,
    { commit }: Revision,
    fetched: Fetched | undefined,
  ): Promise<void> {
    // After a restart the head is no news.
    if (repository.status?.head === commit) return
    const rewritten = fetched?.moved === "rewritten"
    const log = await opened.mirror.log(1)
    const [info] = log.ok ? log.value : []
    const what = info ? `"${info.subject}" by ${info.author}` : "a commit"
    const news = rewritten
      ? `${branchOf(repository)} was force-pushed: ${fetched.before?.slice(0, 7) ?? ""} is no longer in its history; following ${commit.slice(0, 7)}, ${what}`
      : `${branchOf(repository)} is at ${commit.slice(0, 7)}: ${what}`
    this.#emit(repository, "revision", rewritten ? "warning" : "info", news, commit)
  }

  #sayFailure(key: RepositoryKey, error: SerinError): void {
    const repository = this.get(key)
    if (!repository || this.#failing.get(key) === error.code) return
    this.#failing.set(key, error.code)
    this.#emit(repository, "error", "warning", `${error.message}. ${error.next}`)
  }

  #sayRecovery(key: RepositoryKey, repository: RepositoryObject): void {
    if (this.#failing.delete(key))
      this.#emit(repository, "revision", "info", `${branchOf(repository)} can be read again`)
  }

  #emit(
    repository: RepositoryObject,
    kind: string,
    severity: "info" | "warning",
    message: string,
    commit?: string,
  ): void {
    const { namespace } = repository.metadata
    const subject = `Repository ${keyOf(repository)}`
    this.#options.events.emit({
      kind,
      severity,
      namespace,
      subject,
      message,
      ...(commit === undefined ? {} : { commit }),
    })
  }
}

function branchOf({ spec }: RepositoryObject): string {
  return `branch ${spec.branch ?? "main"} of ${displayUrl(spec.url)}`
}

function notOpen(key: RepositoryKey): SerinError {
  return new SerinError("NOT_FOUND", `Repository ${key} does not exist or could not be opened yet`)
}
