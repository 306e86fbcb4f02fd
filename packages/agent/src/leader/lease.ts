import { leaseName } from "../install/index.ts"
import type { KubeClient, KubeObject, KubeResult } from "../kube/index.ts"

/** coordination.k8s.io/v1. */
export interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly leaseDurationSeconds?: number
    readonly acquireTime?: string
    /** With microseconds, as `MicroTime` has them. */
    readonly renewTime?: string
    readonly leaseTransitions?: number
  }
}

/** Where the holder's API answers, for replicas that pass requests on to it. */
export const addressAnnotation = "serin.dev/address"
/** The same for its receivers of webhooks. */
export const hooksAddressAnnotation = "serin.dev/hooks-address"

/** How long a holder that says nothing is believed. */
export const leaseDurationMs = 10_000
/** A holder that could not renew for this long stops acting: before others may take over. */
export const renewDeadlineMs = 7_000
export const retryMs = 1_500

export interface Candidate {
  readonly name: string
  /** `host:port` */
  readonly address: string
  readonly hooksAddress: string
}

/** A Lease as this process saw it last, and when, by its own monotonic clock: clocks of others are not believed. */
export interface Observed {
  readonly lease: Lease
  readonly at: number
}

/** What was seen before stays dated from then, as long as it is the same record. */
export function observed(before: Observed | undefined, lease: Lease, at: number): Observed {
  const same = before !== undefined && recordOf(before.lease) === recordOf(lease)
  return same ? { lease, at: before.at } : { lease, at }
}

const recordOf = ({ spec }: Lease): string => JSON.stringify([spec?.holderIdentity, spec?.renewTime])

/** Whether somebody else has to be left in peace at `now`. */
export function isHeldByAnother({ lease, at }: Observed, name: string, now: number): boolean {
  const { holderIdentity, leaseDurationSeconds } = lease.spec ?? {}
  if (holderIdentity === undefined || holderIdentity === "" || holderIdentity === name) return false
  const duration = leaseDurationSeconds === undefined ? leaseDurationMs : leaseDurationSeconds * 1000
  return now - at < duration
}

/** The Lease as `candidate` holds it from `wallTime` (Unix milliseconds, for people to read). */
export function heldBy(candidate: Candidate, before: Lease | undefined, wallTime: number): Lease {
  const time = new Date(wallTime).toISOString().replace("Z", "000Z")
  const keeps = before?.spec?.holderIdentity === candidate.name
  const transitions = before?.spec?.leaseTransitions ?? 0
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      name: leaseName,
      namespace: before?.metadata.namespace ?? "",
      annotations: { [addressAnnotation]: candidate.address, [hooksAddressAnnotation]: candidate.hooksAddress },
    },
    spec: {
      holderIdentity: candidate.name,
      leaseDurationSeconds: leaseDurationMs / 1000,
      acquireTime: (keeps ? before.spec?.acquireTime : undefined) ?? time,
      renewTime: time,
      leaseTransitions: keeps || before === undefined ? transitions : transitions + 1,
    },
  }
}

/** Writes the Lease as it is wanted; a conflict when somebody else wrote it since `before` was read. */
export function writeLease(
  kube: KubeClient,
  namespace: string,
  before: Lease | undefined,
  wanted: Lease,
): Promise<KubeResult<Lease>> {
  const metadata = { ...wanted.metadata, namespace }
  if (before === undefined) return kube.create<Lease>({ ...wanted, metadata })
  const { apiVersion, kind, spec } = wanted
  const { annotations } = metadata
  const patch = { metadata: { annotations, resourceVersion: before.metadata.resourceVersion }, spec }
  return kube.patch<Lease>({ apiVersion, kind, namespace, name: leaseName }, "merge", patch)
}
