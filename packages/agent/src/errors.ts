/** What a reconciler does about a failure: try again at once, after a growing pause, or only after something changed. */
export type Retry = "now" | "backoff" | "never"

interface Entry {
  readonly retry: Retry
  /** HTTP status with which the agent's API answers. */
  readonly status: number
  /** What the user does next, where the place that failed knows nothing better. */
  readonly next: string
}

/**
 * Every expected failure of the agent. A message says cause and effect and is written where the failure is seen; class,
 * status and the usual next step stand here, once.
 */
export const errorCatalogue = {
  CONFIG_INVALID: entry("never", 400, "Correct the setting named in the message and run `serin install` again."),

  KUBE_UNREACHABLE: entry("backoff", 503, "Check that the Kubernetes API is up; Serin tries again by itself."),
  KUBE_CREDENTIALS: entry("never", 500, "Correct the kubeconfig (server, certificate authority, user)."),
  KUBE_UNAUTHORIZED: entry("backoff", 401, "Renew the agent's credentials; Serin tries again by itself."),
  KUBE_FORBIDDEN: entry(
    "backoff",
    403,
    "Grant the account named in the message this right, by a Role and RoleBinding.",
  ),
  KUBE_NOT_FOUND: entry("backoff", 404, "Create the object named in the message, or correct the reference to it."),
  KUBE_UNKNOWN_KIND: entry(
    "backoff",
    404,
    "Install the CustomResourceDefinition of this kind, or correct apiVersion and kind.",
  ),
  KUBE_CONFLICT: entry("now", 409, "Nothing: Serin reads the object again and retries."),
  KUBE_EXISTS: entry("never", 409, "Remove the existing object or choose another name."),
  KUBE_GONE: entry("now", 410, "Nothing: Serin lists the objects again."),
  KUBE_INVALID: entry("never", 422, "Correct the fields named in the message."),
  KUBE_THROTTLED: entry("backoff", 429, "Nothing: the API asked for a pause and Serin keeps it."),
  KUBE_FAILED: entry("backoff", 502, "Look at the API server's log; Serin tries again by itself."),

  GIT_UNREACHABLE: entry(
    "backoff",
    503,
    "Check that the git host is up and can be reached; Serin tries again by itself.",
  ),
  GIT_UNAUTHORIZED: entry(
    "backoff",
    401,
    "Correct the Repository's auth Secret, or add its deploy key to the git host.",
  ),
  GIT_FORBIDDEN: entry(
    "never",
    403,
    "Allow the deploy key or token to push to this branch (protected branch, read-only key).",
  ),
  GIT_HOST_KEY: entry(
    "never",
    502,
    "Compare the host's key with the one its owner publishes, then update known_hosts.",
  ),
  GIT_CERTIFICATE: entry(
    "backoff",
    502,
    "Put the authority that signed it into `ca.crt` of the Repository's auth Secret, or give it with `serin install --ca-bundle FILE`.",
  ),
  GIT_BRANCH_MISSING: entry("backoff", 404, "Push the branch again, or correct spec.branch of the Repository."),
  GIT_REPOSITORY_MISSING: entry("backoff", 404, "Correct spec.url of the Repository, or give its credentials access."),
  GIT_PATH_MISSING: entry("never", 404, "Correct spec.path of the Repository, or commit manifests below it."),
  GIT_REJECTED: entry("backoff", 409, "Nothing: other pushes keep coming in between; Serin tries again."),
  GIT_FAILED: entry("backoff", 502, "Read git's own message; Serin tries again by itself."),
  GIT_TIMEOUT: entry("backoff", 504, "Check the connection to the git host; Serin tries again by itself."),

  SYNC_INVALID: entry(
    "never",
    422,
    "Correct the manifests named in the message and push; the last good revision stays.",
  ),
  SYNC_INCOMPLETE: entry("backoff", 502, "See the objects named in the message; the others are applied."),
  SYNC_OWNED: entry("backoff", 409, "Remove the object from the other Repository first; then it is handed over."),

  NOT_FOUND: entry(
    "never",
    404,
    "Check namespace and name; `serin workloads` and `kubectl get canaries -A` list what there is.",
  ),
  REQUEST_INVALID: entry("never", 400, "Correct the request as the message says."),
  UNAUTHENTICATED: entry("never", 401, "Send a bearer token of this cluster, e.g. from `kubectl create token`."),
  DENIED: entry("never", 403, "Ask for the right named in the message, or use another account."),
  SIGNATURE_WRONG: entry("never", 401, "Use the same secret on both sides; `serin install` prints where it is kept."),
  EDIT_REFUSED: entry("never", 422, "Change the manifest by hand as the message says."),

  REGISTRY_UNREACHABLE: entry("backoff", 503, "Check that the registry is up; Serin tries again by itself."),
  REGISTRY_UNAUTHORIZED: entry(
    "backoff",
    401,
    "Give the workload's service account an image pull secret for this registry.",
  ),
  REGISTRY_NOT_FOUND: entry("backoff", 404, "Check the image name and that the tag was pushed."),
  REGISTRY_THROTTLED: entry("backoff", 429, "Nothing: the registry asked for a pause and Serin keeps it."),
  REGISTRY_FAILED: entry("backoff", 502, "Look at the registry's answer in the message; Serin tries again by itself."),

  PROMETHEUS_UNREACHABLE: entry(
    "backoff",
    503,
    "Check the Prometheus URL in ConfigMap serin-system/serin; checks wait meanwhile.",
  ),
  PROMETHEUS_QUERY: entry("never", 400, "Correct the query at the position named."),
  PROMETHEUS_FAILED: entry("backoff", 502, "Look at Prometheus' answer in the message; checks wait meanwhile."),

  NOT_LEADING: entry("backoff", 503, "Nothing: another replica of the agent leads, and does it."),
  THROTTLED: entry("backoff", 429, "Nothing: what was pushed is also found by polling; slow down what calls so often."),

  NOTIFY_FAILED: entry(
    "backoff",
    502,
    "Check the webhook's URL in the Secret that spec.notify of the Repository names.",
  ),
  HOOK_REFUSED: entry(
    "never",
    403,
    "Let an administrator allow the host with `serin install … --allow-outbound HOST`, or correct the URL in the Canary.",
  ),
  HOOK_UNREACHABLE: entry(
    "backoff",
    502,
    "Check that the receiver is up and that the agent can reach it; Serin asks again by itself.",
  ),
  LISTEN_IN_USE: entry("never", 500, "Choose another address for the agent's API, or end the process that holds it."),
  INTERNAL: entry("backoff", 500, "This is a defect of Serin: please report it with the log line."),
} as const satisfies Record<string, Entry>

export type ErrorCode = keyof typeof errorCatalogue

export interface ErrorDetails {
  readonly cause?: unknown
  /** Replaces the catalogue's next step, where the place that failed knows a better one. */
  readonly next?: string
  readonly retry?: Retry
  /** The other side asked for this pause, in milliseconds (`Retry-After`). */
  readonly retryAfterMs?: number
  /** Where in a query or file, both counted from 1. */
  readonly position?: { readonly line: number; readonly column: number }
}

/** An expected failure: a value of `Result`, or thrown where a value would only be passed on. Never holds a secret. */
export class SerinError extends Error {
  override readonly name: string = "SerinError"
  readonly retry: Retry
  readonly status: number
  readonly next: string
  readonly retryAfterMs: number | undefined
  readonly position: { readonly line: number; readonly column: number } | undefined

  constructor(
    readonly code: ErrorCode,
    /** Cause and effect, one sentence. */
    message: string,
    details: ErrorDetails = {},
  ) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    const known = errorCatalogue[code]
    this.retry = details.retry ?? known.retry
    this.status = known.status
    this.next = details.next ?? known.next
    this.retryAfterMs = details.retryAfterMs
    this.position = details.position
  }
}

export type Result<T, E extends SerinError = SerinError> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function fail<E extends SerinError>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

/** The value, or the failure thrown: for callers that only pass failures on. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value
  throw result.error
}

/** The message of anything thrown, for a log line or as a cause's text. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function entry(retry: Retry, status: number, next: string): Entry {
  return { retry, status, next }
}
