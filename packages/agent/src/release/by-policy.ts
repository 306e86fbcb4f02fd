import {
  automationOf,
  choose,
  membershipOf,
  parseReference,
  readRollout,
  releaseEdit,
  repositoryOf,
  workloadKinds,
  type Choice,
  type Container,
  type Manifest,
  type RejectedImage,
  type TagPolicy,
} from "@serin/core"
import type { EventStream } from "../events/index.ts"
import type { ImageBook } from "../images/index.ts"
import type { Revision } from "../parts.ts"
import { after, done, failed, type Log, type Outcome } from "../runtime/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import type { ReleaseRepositories } from "./find.ts"

export interface PolicyParts {
  readonly repositories: ReleaseRepositories
  readonly images: ImageBook
  readonly events: EventStream
  readonly log: Log
  /** Last word per workload and container, for people. */
  readonly words: Map<string, string>
}

/** A registry that just failed to name a digest is asked again after this long. */
const AGAIN_MS = 10_000

interface Candidate {
  readonly object: Manifest
  readonly container: Container
  readonly policy: TagPolicy
}

/**
 * Lets the policies of one config repository release what they allow: for each automated container the tags as last listed,
 * the choice, and its edit. What it waits for comes as an event: another head, or other tags.
 */
export async function releaseByPolicy(key: RepositoryKey, parts: PolicyParts, signal: AbortSignal): Promise<Outcome> {
  const { repositories, events } = parts
  const revision = repositories.head(key)
  if (revision === undefined || repositories.get(key)?.spec.suspend === true) return done
  let outcome: Outcome = done
  for (const candidate of candidates(revision, parts)) {
    const name = nameOf(candidate)
    const choice = await chooseFor(candidate, revision, parts, signal)
    if (choice.kind === "unknown") {
      say(parts, candidate, choice.reason)
      outcome = after(AGAIN_MS)
      continue
    }
    say(parts, candidate, choice.reason)
    if (choice.kind === "stay") continue
    const edit = releaseEdit({
      workload: workloadOf(candidate),
      container: candidate.container.name,
      tag: choice.tag,
      digest: choice.digest,
      from: candidate.container.image,
      cause: `policy ${candidate.policy.text}`,
      reason: choice.reason,
      byPolicy: true,
    })
    const result = await repositories.writer(key)?.submit(edit)
    if (result?.kind === "failed") return failed(result.error)
    if (result?.kind === "refused") say(parts, candidate, result.reason)
    if (result?.kind === "committed")
      events.emit({
        kind: "release",
        namespace: workloadOf(candidate).namespace,
        subject: name,
        message: `${name} gets ${choice.tag}: ${choice.reason}`,
        severity: "info",
        commit: result.commit,
      })
  }
  return outcome
}

function candidates(revision: Revision, parts: PolicyParts): Candidate[] {
  return revision.manifests.flatMap(({ object }) => {
    if (!workloadKinds.includes(object.kind)) return []
    const automation = automationOf(object.kind, object)
    if (!automation.automated || automation.locked !== undefined) return []
    return automation.containers.flatMap((container) => {
      const policy = automation.policies.get(container.name)
      if (policy === undefined) return []
      if (policy.ok) return [{ object, container, policy: policy.policy }]
      say(parts, { object, container }, policy.reason)
      return []
    })
  })
}

type Chosen = Exclude<Choice, { kind: "resolve" }> | { readonly kind: "unknown"; readonly reason: string }

async function chooseFor(
  { object, container, policy }: Candidate,
  revision: Revision,
  { images }: PolicyParts,
  signal: AbortSignal,
): Promise<Chosen> {
  const reference = parseReference(container.image)
  const listing = reference && images.known(repositoryOf(reference))
  if (reference === undefined || listing === undefined)
    return { kind: "stay", reason: `The tags of ${container.image} are not known yet.` }
  const rejected = rejectedBy(object, revision)
  const digests = new Map<string, string>()
  for (;;) {
    const choice = choose({ policy, current: container.image, listing, rejected, digests })
    if (choice.kind !== "resolve") return choice
    const digest = await images.digest(reference, choice.tag, signal)
    if (!digest.ok) return { kind: "unknown", reason: `${choice.tag} is newer, but ${digest.error.message}` }
    digests.set(choice.tag, digest.value)
  }
}

function rejectedBy(object: Manifest, { tree }: Revision): readonly RejectedImage[] {
  const member = membershipOf(tree, workloadOf({ object }))
  const result = member && readRollout(tree, member.ref)
  return result?.ok === true ? (result.rollout.delivery?.rejected ?? []) : []
}

function workloadOf({ object }: Pick<Candidate, "object">) {
  return { kind: object.kind, namespace: object.metadata.namespace ?? "default", name: object.metadata.name }
}

function nameOf(candidate: Pick<Candidate, "object">): string {
  const { kind, namespace, name } = workloadOf(candidate)
  return `${kind} ${namespace}/${name}`
}

/** Kept for people, and logged when it is news. */
function say(parts: PolicyParts, candidate: Pick<Candidate, "object" | "container">, reason: string): void {
  const key = `${nameOf(candidate)} ${candidate.container.name}`
  if (parts.words.get(key) === reason) return
  parts.words.set(key, reason)
  parts.log("automation", { workload: nameOf(candidate), container: candidate.container.name, reason })
}
