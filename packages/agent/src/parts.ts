import type { ManifestProblem, SourceManifest, Tree } from "@serin/core"
import type { SyncDiff } from "./api/types.ts"
import type { Result } from "./errors.ts"
import type { EventStream } from "./events/index.ts"
import type { CommitInfo, GitWriter } from "./git/index.ts"
import type { Informer, Kind, KubeClient, KubeObject, ListOptions, ObjectRef, SecretReader } from "./kube/index.ts"
import type { Outbound } from "./outbound/index.ts"
import type { Clock, CrashPoint, Log } from "./runtime/index.ts"
import type { Settings } from "./settings.ts"
import type { RepositoryKey, RepositoryObject } from "./source/repository.ts"

/** What the reconcilers are made of; agent.ts puts it together. */
export interface AgentParts {
  /** With the agent's own rights. For what a Repository may touch use `repositories.kubeFor`. */
  readonly kube: KubeClient
  readonly secrets: SecretReader
  /** Shared: asking twice for the same objects gives the same informer. Lives as long as the agent. */
  readonly informer: <T extends KubeObject>(kind: Kind, options?: ListOptions) => Informer<T>
  readonly repositories: Repositories
  readonly sync: SyncStates
  readonly events: EventStream
  /** The way to registries, Prometheus and channels. */
  readonly outbound: Outbound
  /** As of now; changes with ConfigMap serin-system/serin. */
  readonly settings: () => Settings
  readonly clock: Clock
  readonly random: () => number
  /** Asked right before each act that others see: whether this replica still leads. */
  readonly mayAct: () => boolean
  readonly log: Log
  readonly at: CrashPoint
}

/** A commit of a config repository, read and parsed. */
export interface Revision {
  readonly commit: string
  readonly tree: Tree
  readonly manifests: readonly SourceManifest[]
  /** Why the revision as a whole cannot be applied; empty when it can be read. */
  readonly problems: readonly ManifestProblem[]
}

/** The config repositories: what they hold and the way to write to them. */
export interface Repositories {
  list(): readonly RepositoryObject[]
  get(key: RepositoryKey): RepositoryObject | undefined
  /** The branch's head as last fetched or pushed. Undefined before the first fetch, or when nothing could be read yet. */
  head(key: RepositoryKey): Revision | undefined
  /** Undefined before the repository could be opened. */
  writer(key: RepositoryKey): GitWriter | undefined
  /** Newest first. */
  log(key: RepositoryKey, options: { readonly limit: number }): Promise<Result<readonly CommitInfo[]>>
  treeAt(key: RepositoryKey, commit: string): Promise<Result<Tree>>
  /** Asks the git host whether our credentials may push, by a push of nothing. What protects a branch is only seen by a real one. */
  mayPush(key: RepositoryKey): Promise<Result<void>>
  /**
   * How these files (and no others) stood at each of the last commits up to this one that touched one of them, newest first;
   * at most 200 commits back.
   */
  past(key: RepositoryKey, commit: string, paths: readonly string[]): Promise<Result<readonly Tree[]>>
  /** Look at the git host now. */
  fetchNow(key: RepositoryKey): void
  /** The same, and resolves when `head` is what the host has, or the host did not answer, or the signal aborts. */
  refresh(key: RepositoryKey, signal: AbortSignal): Promise<void>
  /** Called after a head changed, by a fetch or by our own push. Returns how to end it. */
  onHead(handler: (key: RepositoryKey) => void): () => void
  /** The Repository that put this object into the cluster, by its annotation. */
  ownerOf(object: KubeObject): RepositoryKey | undefined
  /** The API in the name of the Repository's service account. */
  kubeFor(key: RepositoryKey): KubeClient
}

export type ObjectSyncState = "synced" | "out-of-sync" | "unmanaged" | "suspended"

/** How far the cluster follows Git. */
export interface SyncStates {
  of(key: RepositoryKey): RepositorySyncState
  objectState(ref: ObjectRef): ObjectSyncState
  /** Exactly what the head would change now; asks the API, changes nothing. */
  diff(key: RepositoryKey): Promise<Result<SyncDiff>>
  /** Fetch and sync now, also what is backing off. */
  syncNow(key: RepositoryKey): void
}

export interface RepositorySyncState {
  /** Last revision that was applied whole. */
  readonly applied?: string
  readonly ready: boolean
  /** A sentence: all is well, or cause, effect and next step. */
  readonly message: string
  readonly lastSync?: string
  readonly objects: number
}
