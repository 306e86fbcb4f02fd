import { ImageError, type ImageStore, type LocalImage } from "../../images/index.ts"
import { formatReference, InvalidReferenceError, parseReference } from "../../oci/index.ts"
import type { Backoff } from "../backoff.ts"

export type PullPolicy = "Always" | "IfNotPresent" | "Never"

export interface PullRequest {
  /** As in the pod. */
  readonly image: string
  readonly policy: PullPolicy
  readonly podUid: string
  /** Asked for only when there is something to pull. */
  readonly credentials: () => Promise<ReadonlyMap<string, { username: string; password: string }>>
  readonly tell: (type: "Normal" | "Warning", reason: string, message: string) => void
}

/** Why a container waits: a reason and message for its status. */
export interface PullFailure {
  readonly reason: string
  readonly message: string
}

export interface ImagePullerOptions {
  readonly images: ImageStore
  readonly builtIn: (image: string) => LocalImage | undefined
  readonly backoff: Backoff
  readonly now: () => number
}

/** Gets images for containers by their pull policy, with the events and the back-off of a kubelet. */
export class ImagePuller {
  private readonly failures = new Map<string, { readonly at: number; readonly message: string }>()

  constructor(private readonly options: ImagePullerOptions) {}

  async get(request: PullRequest): Promise<LocalImage | PullFailure> {
    const { images, builtIn } = this.options
    const { image, policy, tell } = request
    try {
      const reference = formatReference(parseReference(image))
      const present = builtIn(image) ?? (policy === "Always" ? undefined : images.local(image))
      if (present !== undefined) {
        tell("Normal", "Pulled", `Container image "${image}" already present on machine and can be accessed by the pod`)
        return present
      }
      if (policy === "Never") {
        const message = `Container image "${image}" is not present with pull policy of Never`
        tell("Warning", "ErrImageNeverPull", message)
        return { reason: "ErrImageNeverPull", message }
      }
      return await this.pull(request, reference)
    } catch (error) {
      if (!(error instanceof InvalidReferenceError)) throw error
      const message = `Failed to apply default image tag "${image}": couldn't parse image name "${image}": ${error.message}`
      tell("Warning", "InspectFailed", message)
      return { reason: "InvalidImageName", message }
    }
  }

  /** Forgets what has failed for a pod that is gone. */
  forget(podUid: string): void {
    this.options.backoff.forget(`${podUid}_`)
    for (const key of this.failures.keys()) if (key.startsWith(`${podUid}_`)) this.failures.delete(key)
  }

  private async pull(request: PullRequest, reference: string): Promise<LocalImage | PullFailure> {
    const { images, backoff, now } = this.options
    const { image, podUid, tell } = request
    const key = `${podUid}_${reference}`
    const failed = this.failures.get(key)
    if (failed !== undefined && now() < failed.at + backoff.delay(key, failed.at)) {
      tell("Normal", "BackOff", `Back-off pulling image "${image}"`)
      return { reason: "ImagePullBackOff", message: `Back-off pulling image "${image}": ${failed.message}` }
    }
    tell("Normal", "Pulling", `Pulling image "${image}"`)
    const began = now()
    try {
      const pulled = await images.pull(image, await request.credentials())
      const took = duration(now() - began)
      this.failures.delete(key)
      tell("Normal", "Pulled", `Successfully pulled image "${image}" in ${took} (${took} including waiting).`)
      return pulled
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      const reason = error instanceof ImageError ? error.reason : "ErrImagePull"
      tell("Warning", "Failed", `Failed to pull image "${image}": ${message}`)
      backoff.next(key, now())
      this.failures.set(key, { at: now(), message: `${reason}: ${message}` })
      return { reason, message }
    }
  }
}

/** As Go prints it: `120ms`, `1.204s`. */
const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)}ms` : `${Math.round(milliseconds) / 1000}s`
