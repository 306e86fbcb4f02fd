import type {
  ActionResult,
  CanaryAction,
  CanaryState,
  CheckResult,
  Graph,
  HistoryEntry,
  ImageTags,
  ReleaseRequest,
  ReleaseResult,
  RepositoryState,
  RollbackRequest,
  SyncDiff,
  WorkloadAction,
  WorkloadState,
} from "./types.ts"

/** Who asks, as the cluster's TokenReview knows them: goes into the commit. */
export interface Person {
  readonly name: string
}

export interface Named {
  readonly namespace: string
  readonly name: string
}

export type WorkloadVerb = "automate" | "deautomate" | "lock" | "unlock"
export type CanaryVerb = "pause" | "resume" | "promote" | "abort" | "retry" | "set-weight" | "adopt" | "clear-rejected"
export type RepositoryVerb = "sync" | "suspend" | "resume"

export interface HistoryFilter {
  readonly workload?: string
  readonly canary?: string
  readonly kind?: string
  readonly limit: number
}

/**
 * What the HTTP API asks of the rest of the agent. Reads answer from what is known now; actions resolve when their commit
 * is pushed. All reject with SerinError, whose code gives the HTTP status.
 */
export interface Services {
  repositories(): readonly RepositoryState[]
  workloads(): readonly WorkloadState[]
  canaries(): readonly CanaryState[]
  history(filter: HistoryFilter): Promise<readonly HistoryEntry[]>
  images(image: string, filter: string | undefined): Promise<ImageTags>
  /** A refusal is part of the result, not a rejection. */
  release(request: ReleaseRequest, person: Person): Promise<ReleaseResult>
  switchWorkload(
    verb: WorkloadVerb,
    workload: Named & { readonly kind: string },
    action: WorkloadAction,
    person: Person,
  ): Promise<ActionResult>
  steerCanary(verb: CanaryVerb, canary: Named, action: CanaryAction, person: Person): Promise<ActionResult>
  repository(verb: RepositoryVerb, repository: Named, person: Person): Promise<ActionResult>
  diff(repository: Named): Promise<SyncDiff>
  rollback(request: RollbackRequest, person: Person): Promise<ActionResult>
  graph(namespace: string | undefined): Promise<Graph>
  check(): Promise<readonly CheckResult[]>
}
