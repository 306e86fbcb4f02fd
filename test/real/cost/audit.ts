import { readFileSync, statSync } from "node:fs"

/** A request that the API server has answered, by its own word. */
export interface Audited {
  /** `apply configmaps`, `patch repositories/status`, `get /apis`. */
  readonly what: string
  readonly kind: "request" | "watch" | "lease"
  /** Milliseconds since the epoch, by the API server's clock: when it came, and when it was answered. */
  readonly from: number
  readonly to: number
  readonly code: number
  readonly userAgent: string
}

/** An `audit.k8s.io/v1` Event at level Metadata. */
interface AuditEvent {
  readonly stage: "ResponseStarted" | "ResponseComplete" | "Panic"
  readonly verb: string
  readonly requestURI: string
  readonly userAgent?: string
  readonly objectRef?: { readonly resource?: string; readonly subresource?: string }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
}

/** The API server's audit log: what it was asked for by the users that it audits. */
export class AuditLog {
  readonly #file: string

  constructor(file: string) {
    this.#file = file
  }

  /** A place in the log: what is answered from now on comes after it. */
  mark(): number {
    return statSync(this.#file).size
  }

  /** Requests that were answered and watches that were opened after a mark. */
  since(mark: number): Audited[] {
    const text = readFileSync(this.#file).subarray(mark).toString("utf8")
    // The last line may be half written.
    const lines = text.slice(0, text.lastIndexOf("\n") + 1).split("\n")
    return lines.filter((line) => line !== "").flatMap((line) => audited(JSON.parse(line) as AuditEvent))
  }
}

function audited(event: AuditEvent): Audited[] {
  const isWatch = event.verb === "watch"
  // A watch is told of twice: what counts is that it was opened.
  if (event.stage === (isWatch ? "ResponseComplete" : "ResponseStarted")) return []
  const { resource, subresource } = event.objectRef ?? {}
  return [
    {
      what: whatOf(event),
      kind: isWatch ? "watch" : resource === "leases" && subresource === undefined ? "lease" : "request",
      from: Date.parse(event.requestReceivedTimestamp),
      to: Date.parse(event.stageTimestamp),
      code: event.responseStatus?.code ?? 0,
      userAgent: event.userAgent ?? "",
    },
  ]
}

function whatOf({ verb, requestURI, objectRef }: AuditEvent): string {
  const { pathname, searchParams } = new URL(requestURI, "https://api")
  // Server-side apply is a PATCH that says whether it may force.
  const deed = verb === "patch" && searchParams.has("force") ? "apply" : verb
  if (objectRef?.resource === undefined) return `${deed} ${pathname}`
  const { resource, subresource } = objectRef
  const target = subresource === undefined ? resource : `${resource}/${subresource}`
  return `${deed} ${target}${searchParams.has("dryRun") ? " (dry run)" : ""}`
}

/** How often each was asked for. */
export function counted(requests: readonly Audited[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { what } of requests) counts[what] = (counts[what] ?? 0) + 1
  return counts
}
