import { sameJson, type CanaryRef, type DeliveryStatus } from "@serin/core"
import { ok, type Result } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import type { CrashPoint } from "../runtime/index.ts"
import { kinds } from "./objects.ts"

const fieldManager = "serin-canary"

interface WithStatus extends KubeObject {
  readonly status: unknown
}

/** Writes what the cluster remembers of a delivery, whole: what is left out is forgotten. */
export async function writeDeliveryStatus(
  kube: KubeClient,
  ref: CanaryRef,
  status: DeliveryStatus,
  at: CrashPoint,
): Promise<Result<void>> {
  const object: WithStatus = { ...kinds.delivery, metadata: { ...ref }, status }
  await at(`delivery-status:before ${ref.namespace}/${ref.name}`)
  const written = await kube.apply(object, { subresource: "status", fieldManager })
  await at(`delivery-status:after ${ref.namespace}/${ref.name}`)
  return written.ok ? ok(undefined) : written
}

/** For `kubectl get canaries`. */
export interface CanaryStatus {
  readonly phase: string
  readonly revision: string
  readonly weight: number
  readonly message: string
}

/** Writes a Canary's status when it changed; `last` holds what was written before. */
export async function writeCanaryStatus(
  kube: KubeClient,
  ref: CanaryRef,
  status: CanaryStatus,
  last: Map<string, CanaryStatus>,
  at: CrashPoint,
): Promise<Result<void>> {
  const key = `${ref.namespace}/${ref.name}`
  if (sameJson(last.get(key), status)) return ok(undefined)
  const object: WithStatus = { ...kinds.canary, metadata: { ...ref }, status }
  await at(`canary-status:before ${key}`)
  const written = await kube.apply(object, { subresource: "status", fieldManager })
  await at(`canary-status:after ${key}`)
  if (!written.ok) return written
  last.set(key, status)
  return ok(undefined)
}
