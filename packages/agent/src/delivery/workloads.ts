import {
  automationOf,
  canaryRefs,
  healthOf,
  newestTag,
  parsePolicy,
  parseReference,
  repositoryOf,
  sideOf,
  type Automation,
  type SourceManifest,
} from "@serin/core"
import type { ContainerState, WorkloadState } from "../api/types.ts"
import type { ImageBook } from "../images/index.ts"
import type { ObjectRef } from "../kube/index.ts"
import type { AgentParts } from "../parts.ts"
import { StuckPods, type PodOwner } from "./stuck-pods.ts"

/** Kinds that run for long; Jobs and Pods come and go. */
const shown = new Set(["Deployment", "StatefulSet", "DaemonSet"])
const notThere = { status: "unknown", message: "is not in the cluster" } as const
const deploymentKind = (kind: string) => ({ apiVersion: "apps/v1", kind })

/** A workload's live object, as far as it is shown. */
interface LiveWorkload extends PodOwner {
  readonly spec?: PodOwner["spec"] & {
    readonly replicas?: number
    readonly template?: {
      readonly spec?: { readonly containers?: readonly { readonly name: string; readonly image?: string }[] }
    }
  }
  readonly status?: {
    readonly readyReplicas?: number
    readonly numberReady?: number
    readonly desiredNumberScheduled?: number
  }
}

/** The workloads that Git states, as they are in the cluster. Keeps informers of their kinds. */
export class Workloads {
  readonly #parts: AgentParts
  readonly #book: ImageBook
  readonly #stuck: StuckPods
  readonly #unsubscribe: readonly (() => void)[]

  constructor(parts: AgentParts, book: ImageBook) {
    this.#parts = parts
    this.#book = book
    const { kube, clock, random, log } = parts
    this.#stuck = new StuckPods({ kube, find: (key) => this.#liveByKey(key), clock, random, log })
    this.#unsubscribe = [...shown].map((kind) =>
      parts.informer(deploymentKind(kind)).onChange((name) => this.#stuck.look(`${kind}/${name}`)),
    )
  }

  async close(): Promise<void> {
    for (const end of this.#unsubscribe) end()
    await this.#stuck.close()
  }

  states(): WorkloadState[] {
    const { repositories } = this.#parts
    return repositories.list().flatMap(({ metadata }) => {
      const manifests = repositories.head(`${metadata.namespace}/${metadata.name}`)?.manifests ?? []
      const canaries = manifests.filter(({ object }) => object.kind === "Canary")
      return manifests.filter(({ object }) => shown.has(object.kind)).map((manifest) => this.#state(manifest, canaries))
    })
  }

  #state({ object }: SourceManifest, canaries: readonly SourceManifest[]): WorkloadState {
    const { kind, apiVersion } = object
    const { name, namespace = "default" } = object.metadata
    const ref: ObjectRef = { apiVersion, kind, namespace, name }
    const live = this.#live(kind, `${namespace}/${name}`)
    const health = live === undefined ? notThere : healthOf(live)
    const stuck = this.#stuck.reason(`${kind}/${namespace}/${name}`)
    const automation = automationOf(kind, object)
    const canary = canaries
      .flatMap((candidate) =>
        canaryRefs([candidate.object]).flatMap(
          (canaryRef) => sideOf(candidate.object, canaryRef, { kind, namespace, name }) ?? [],
        ),
      )
      .at(0)
    return {
      namespace,
      kind,
      name,
      containers: automation.containers.map((container) =>
        this.#container(container.name, container.image, automation, live),
      ),
      ready: {
        ready: live?.status?.readyReplicas ?? live?.status?.numberReady ?? 0,
        desired: live?.spec?.replicas ?? live?.status?.desiredNumberScheduled ?? 0,
      },
      health: health.status,
      message: stuck === undefined ? health.message : `${health.message}; ${stuck}`,
      sync: this.#parts.sync.objectState(ref),
      automated: automation.automated,
      ...(automation.locked === undefined ? {} : { locked: automation.locked }),
      ...(canary === undefined
        ? {}
        : { canary: { name: `${canary.ref.namespace}/${canary.ref.name}`, side: canary.side } }),
    }
  }

  #live(kind: string, name: string): LiveWorkload | undefined {
    return this.#parts.informer<LiveWorkload>(deploymentKind(kind)).get(name)
  }

  /** `KIND/NAMESPACE/NAME`. */
  #liveByKey(key: string): LiveWorkload | undefined {
    const kind = key.slice(0, key.indexOf("/"))
    const live = this.#live(kind, key.slice(kind.length + 1))
    // Objects of a list come without their kind.
    return live && { ...live, ...deploymentKind(kind) }
  }

  #container(name: string, stated: string, automation: Automation, live: LiveWorkload | undefined): ContainerState {
    const image = live?.spec?.template?.spec?.containers?.find((container) => container.name === name)?.image ?? stated
    const policy = automation.policies.get(name)
    const unlisted = this.#unlisted(image)
    const newest = this.#newest(image, policy?.ok === true ? policy.policy.text : undefined)
    return {
      name,
      image,
      ...(policy?.ok === true ? { policy: policy.policy.text } : {}),
      ...(newest === undefined ? {} : { newest }),
      ...(unlisted === undefined ? {} : { unlisted }),
    }
  }

  #unlisted(image: string): string | undefined {
    const reference = parseReference(image)
    const error = reference && this.#book.failure(repositoryOf(reference))
    return error && `${error.message} ${error.next}`
  }

  /** By the workload's policy; without one, by semantic version. */
  #newest(image: string, policyText: string | undefined): string | undefined {
    const reference = parseReference(image)
    const listing = reference && this.#book.known(repositoryOf(reference))
    const policy = parsePolicy(policyText ?? "semver:*")
    return listing?.complete === true && policy.ok ? newestTag(policy.policy, listing.tags) : undefined
  }
}
