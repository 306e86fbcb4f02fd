import { addAuthority, troubleOf } from "../outbound/index.ts"
import { SerinError, type ErrorCode, type ErrorDetails, type Result } from "../errors.ts"

/** A cause in a `metav1.Status`: which field, and what is wrong with it. */
export interface StatusCause {
  readonly reason?: string
  readonly message?: string
  readonly field?: string
}

interface KubeDetails extends ErrorDetails {
  readonly httpStatus?: number
  readonly reason?: string
  readonly causes?: readonly StatusCause[]
  readonly about?: StatusSubject
}

/** What a failure is about: the plural of its kind, and its name. */
export interface StatusSubject {
  readonly kind?: string
  readonly name?: string
}

/** A failure as the API told it, or as the connection did. */
export class KubeFailure extends SerinError {
  override readonly name = "KubeFailure"
  /** HTTP status the API answered with; 0 when there was no answer. */
  readonly httpStatus: number
  /** metav1.StatusReason: `NotFound`, `Conflict`, `Invalid`, …; "" when there was no answer. */
  readonly reason: string
  readonly causes: readonly StatusCause[]
  readonly about: StatusSubject

  constructor(code: ErrorCode, message: string, details: KubeDetails = {}) {
    super(code, message, details)
    this.httpStatus = details.httpStatus ?? 0
    this.reason = details.reason ?? ""
    this.causes = details.causes ?? []
    this.about = details.about ?? {}
  }
}

export type KubeResult<T> = Result<T, KubeFailure>

const codes: Readonly<Record<number, ErrorCode>> = {
  400: "KUBE_INVALID",
  401: "KUBE_UNAUTHORIZED",
  403: "KUBE_FORBIDDEN",
  404: "KUBE_NOT_FOUND",
  409: "KUBE_CONFLICT",
  410: "KUBE_GONE",
  422: "KUBE_INVALID",
  429: "KUBE_THROTTLED",
}

/** The failure in an answer that is not 2xx. Its body is a `metav1.Status`, or anything when a proxy answered. */
export function failureOf(httpStatus: number, body: unknown, retryAfter: string | undefined): KubeFailure {
  const status = isStatus(body) ? body : {}
  const reason = status.reason ?? ""
  const code = codeOf(httpStatus, reason, status.message ?? "")
  const seconds = status.details?.retryAfterSeconds ?? Number(retryAfter)
  return new KubeFailure(code, status.message ?? `the Kubernetes API answered ${httpStatus}`, {
    httpStatus,
    reason,
    causes: status.details?.causes ?? [],
    about: status.details ?? {},
    ...nextOf(status.message ?? ""),
    ...(Number.isFinite(seconds) && seconds > 0 ? { retryAfterMs: seconds * 1000 } : {}),
  })
}

/** A webhook that does not answer is not the API server's fault, and its log would not help. */
function nextOf(message: string): { readonly next?: string } {
  const webhook = /failed calling webhook "([^"]+)"/.exec(message)?.[1]
  if (webhook === undefined) return {}
  return { next: `Look after the service behind webhook ${webhook}; Serin tries again by itself.` }
}

function codeOf(httpStatus: number, reason: string, message: string): ErrorCode {
  if (reason === "AlreadyExists") return "KUBE_EXISTS"
  // Server-side apply answers 500 for an object that does not fit its schema.
  if (httpStatus === 500 && /^failed to (create typed patch object|convert new object)/.test(message))
    return "KUBE_INVALID"
  return codes[httpStatus] ?? "KUBE_FAILED"
}

/** The failure when no answer came. `proxy`: by way of which it was asked. */
export function unreachable(server: string, error: unknown, proxy?: URL): KubeFailure {
  const { why, next } = troubleOf(error, proxy)
  const step =
    next === addAuthority
      ? "Give the API server's authority as certificate-authority-data in the kubeconfig; a pod is given it by its kubelet."
      : next
  return new KubeFailure("KUBE_UNREACHABLE", `no answer from the Kubernetes API at ${server}: ${why}`, {
    cause: error,
    ...(step === undefined ? {} : { next: step }),
  })
}

interface Status {
  readonly message?: string
  readonly reason?: string
  readonly details?: StatusSubject & { readonly causes?: readonly StatusCause[]; readonly retryAfterSeconds?: number }
}

function isStatus(body: unknown): body is Status {
  return typeof body === "object" && body !== null && "kind" in body && body.kind === "Status"
}
