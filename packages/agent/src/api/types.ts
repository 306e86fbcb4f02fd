/**
 * The agent's HTTP API as the CLI and the web page see it. JSON under `/api/v1`, bearer token of the cluster (checked by
 * TokenReview, each action by SubjectAccessReview). Times are RFC 3339. Failures answer with `Problem`.
 *
 *   GET  /api/v1/state                                       State
 *   GET  /api/v1/events?since=SEQ                            server-sent events: id = seq, data = AgentEvent
 *   GET  /api/v1/history?workload=&canary=&kind=&limit=      HistoryEntry[]
 *   GET  /api/v1/images?image=REF&filter=PATTERN             ImageTags
 *   POST /api/v1/releases            ReleaseRequest          ReleaseResult
 *   POST /api/v1/workloads/{namespace}/{kind}/{name}/{automate|deautomate|lock|unlock}   WorkloadAction   ActionResult
 *   POST /api/v1/canaries/{namespace}/{name}/{pause|resume|promote|abort|retry|set-weight|adopt|clear-rejected}  CanaryAction   ActionResult
 *   POST /api/v1/repositories/{namespace}/{name}/{sync|suspend|resume}   {}              ActionResult
 *   GET  /api/v1/repositories/{namespace}/{name}/diff        SyncDiff
 *   POST /api/v1/rollback            RollbackRequest         ActionResult
 *   GET  /api/v1/query?query=&time=   and   /api/v1/query_range?query=&start=&end=&step=     Prometheus' own answer
 *   GET  /api/v1/graph?namespace=                            Graph
 *   GET  /api/v1/check                                       CheckResult[]
 *   POST /hooks/git/{namespace}/{repository}                 push event, `X-Hub-Signature-256` (401 when wrong)
 *   POST /hooks/registry/{namespace}                         distribution notification, `Authorization: Bearer` (401 when wrong)
 *   GET  /healthz  /readyz  /metrics                         no token
 */
export interface State {
  /** Sequence number of the newest event contained in this snapshot; pass it as `since`. */
  readonly seq: number
  readonly at: string
  readonly repositories: readonly RepositoryState[]
  readonly workloads: readonly WorkloadState[]
  readonly canaries: readonly CanaryState[]
}

export interface RepositoryState {
  readonly namespace: string
  readonly name: string
  /** Without credentials. */
  readonly url: string
  readonly branch: string
  readonly path: string
  readonly suspended: boolean
  /** Head of the branch as last fetched, and the revision last applied whole. */
  readonly head?: string
  readonly applied?: string
  /** Ready, or a sentence that says cause, effect and next step. */
  readonly ready: boolean
  readonly message: string
  readonly objects: number
  readonly lastSync?: string
}

export interface WorkloadState {
  readonly namespace: string
  readonly kind: string
  readonly name: string
  readonly containers: readonly ContainerState[]
  readonly ready: { readonly ready: number; readonly desired: number }
  readonly health: "current" | "progressing" | "failed" | "unknown"
  /** How far its rollout is, and what its pods wait for. */
  readonly message: string
  readonly sync: "synced" | "out-of-sync" | "unmanaged" | "suspended"
  readonly automated: boolean
  readonly locked?: { readonly message: string }
  /** `ns/name` of the canary this workload is the stable or canary side of. */
  readonly canary?: { readonly name: string; readonly side: "stable" | "canary" }
}

export interface ContainerState {
  readonly name: string
  /** As live in the cluster. */
  readonly image: string
  readonly policy?: string
  /** Newest tag that the policy (or, without one, semver order) allows; absent while unknown. */
  readonly newest?: string
  /** Why the registry's tags could not be listed the last time; absent when they could. A sentence with the next step. */
  readonly unlisted?: string
}

export interface CanaryState {
  readonly namespace: string
  readonly name: string
  /** `Unknown`: it could not be read since the agent started, and `message` says why. */
  readonly phase: "Unknown" | "Idle" | "Waiting" | "Progressing" | "Paused" | "Promoting" | "RollingBack" | "Failed"
  readonly revision: string
  readonly previous: string
  readonly step: number
  readonly steps: readonly number[]
  /** As Git says, and as telemetry shows over the last interval (absent: no traffic). In percent for the canary. */
  readonly weight: number
  readonly observedWeight?: number
  readonly checks: readonly CheckVerdict[]
  /** Gates by URL and hooks, with what each answered last. */
  readonly hooks: readonly HookState[]
  /** Why it waits or what it does next, a sentence. */
  readonly message: string
  readonly until?: string
  readonly rejected: readonly { readonly tag: string; readonly digest: string; readonly why: string }[]
}

export interface HookState {
  /** `start` and `promote` are gates; the others hooks by their type. */
  readonly kind: "start" | "promote" | "pre-rollout" | "during" | "post-rollout" | "rollback"
  readonly name: string
  /** Absent: nobody has been asked or told yet in this delivery. `refused`: it is not called, and `message` says what mends that. */
  readonly answer?: "yes" | "no" | "not-yet" | "none" | "refused"
  readonly attempts: number
  /** What was answered, without anything secret. */
  readonly message?: string
  readonly at?: string
}

export interface CheckVerdict {
  readonly index: number
  readonly from: string
  readonly to: string
  /** `not-shown`: nothing bad, but proxies did not send the share that the weight says. */
  readonly verdict: "good" | "bad" | "no-data" | "not-shown" | "excluded"
  readonly metrics: readonly {
    readonly name: string
    readonly query: string
    readonly value?: number
    readonly limit: string
    readonly verdict: "good" | "bad" | "no-data"
    /** Of a hook, which has no value: what it answered. */
    readonly why?: string
  }[]
}

/** One thing that happened: the single stream behind history, notifiers and the web page. */
export interface AgentEvent {
  readonly seq: number
  readonly at: string
  /** `revision`, `sync`, `drift`, `image`, `release`, `step`, `promote`, `rollback`, `paused`, `error`, … */
  readonly kind: string
  readonly namespace?: string
  readonly subject?: string
  readonly message: string
  readonly severity: "info" | "warning" | "error"
  readonly commit?: string
  readonly data?: Readonly<Record<string, unknown>>
}

export interface HistoryEntry {
  readonly at: string
  /** `policy …`, `user …`, `canary …`, `drift …`, or a commit's author. */
  readonly who: string
  readonly kind: string
  readonly subject: string
  readonly commit?: string
  readonly from?: string
  readonly to?: string
  readonly reason: string
  readonly numbers?: Readonly<Record<string, number>>
}

export interface ImageTags {
  readonly image: string
  readonly tags: readonly {
    readonly tag: string
    readonly matches: boolean
    readonly digest?: string
    readonly created?: string
  }[]
  readonly at: string
}

export interface ReleaseRequest {
  readonly namespace: string
  readonly kind?: string
  readonly workload: string
  readonly container?: string
  readonly tag: string
  readonly reason?: string
  readonly dryRun?: boolean
}

export interface ReleaseResult {
  readonly dryRun: boolean
  /** Unified diff of exactly what is committed; empty when nothing changes. */
  readonly diff: string
  readonly objects: readonly {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly from: string
    readonly to: string
  }[]
  readonly refused: readonly { readonly object: string; readonly reason: string }[]
  readonly message: string
  readonly commit?: string
}

export interface WorkloadAction {
  readonly reason?: string
  readonly message?: string
  readonly policy?: Readonly<Record<string, string>>
}
export interface CanaryAction {
  readonly reason?: string
  readonly weight?: number
  readonly tag?: string
}
export interface RollbackRequest {
  readonly namespace: string
  readonly repository: string
  readonly commit: string
  readonly reason?: string
}
export interface ActionResult {
  readonly commit?: string
  readonly message: string
}

export interface SyncDiff {
  readonly revision: string
  readonly changes: readonly {
    readonly action: "create" | "update" | "prune"
    readonly object: string
    readonly diff: string
  }[]
  readonly refused: readonly { readonly object: string; readonly reason: string }[]
}

export interface Graph {
  readonly at: string
  readonly nodes: readonly {
    readonly id: string
    readonly kind: "gateway" | "service" | "workload" | "pod"
    readonly name: string
    readonly namespace: string
    readonly version?: string
    readonly health?: string
  }[]
  readonly edges: readonly {
    readonly from: string
    readonly to: string
    readonly share: number
    readonly requestsPerSecond: number
    readonly errorRate: number
    readonly p99Ms?: number
  }[]
}

export interface CheckResult {
  readonly name: string
  readonly ok: boolean
  readonly message: string
  readonly next?: string
}

/** Every failure: what happened, what it means, what to do next. Also the CLI's errors. */
export interface Problem {
  readonly code: string
  readonly message: string
  readonly next: string
  readonly position?: { readonly line: number; readonly column: number }
}
