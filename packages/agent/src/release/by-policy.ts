import {
  automationOf,
  choose,
  lockTakenBack,
  membershipOf,
  parseReference,
  readRollout,
  releaseEdit,
  repositoryOf,
  workloadKinds,
  type Choice,
  type Considered,
  type Container,
  type Edit,
  type Manifest,
  type RejectedImage,
  type TagPolicy,
} from "@serin/core"
import type { EventStream } from "../events/index.ts"
import type { ImageBook } from "../images/index.ts"
import type { Repositories, Revision } from "../parts.ts"
import { after, done, failed, type Log, type Outcome } from "../runtime/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import type { ReleaseRepositories } from "./find.ts"
import { takenBackInGit } from "./taken-back.ts"

export interface PolicyParts {
  readonly repositories: ReleaseRepositories & Pick<Repositories, "past">
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
    const choice = await chooseFor(candidate, revision, parts, signal)
    if (choice.kind === "unknown") {
      say(parts, candidate, choice.reason)
      outcome = after(AGAIN_MS)
      continue
    }
    say(parts, candidate, choice.reason)
    if (choice.kind === "stay") continue
    const considered = consider(candidate, choice, revision, parts)
    const back = await takenBackInGit(key, revision, considered, repositories)
    if (!back.ok) return failed(back.error)
    const act = back.value === undefined ? release(candidate, choice) : lock(considered, back.value)
    const result = await repositories.writer(key)?.submit(act.edit, { decidedOn: revision.commit })
    if (result?.kind === "failed") return failed(result.error)
    if (result?.kind === "refused") say(parts, candidate, result.reason)
    if (result?.kind !== "committed") continue
    const { kind, message, severity } = act
    const { namespace } = workloadOf(candidate)
    events.emit({ kind, namespace, subject: nameOf(candidate), message, severity, commit: result.commit })
  }
  return outcome
}

interface Act {
  readonly kind: "release" | "lock"
  readonly edit: Edit
  readonly message: string
  readonly severity: "info" | "warning"
}

type Chosen = Extract<Choice, { kind: "release" }>

function release(candidate: Candidate, { tag, digest, reason }: Chosen): Act {
  const { container, policy } = candidate
  const edit = releaseEdit({
    workload: workloadOf(candidate),
    container: container.name,
    tag,
    digest,
    from: container.image,
    cause: `policy ${policy.text}`,
    reason,
    byPolicy: true,
  })
  return { kind: "release", edit, message: `${nameOf(candidate)} gets ${tag}: ${reason}`, severity: "info" }
}

/** A person's older image stays, whatever the policy finds. */
function lock(considered: Considered, newer: string): Act {
  const { kind, namespace, name } = considered.workload
  const message = `${kind} ${namespace}/${name} is locked: a person went back from ${newer} to ${considered.current}`
  return { kind: "lock", edit: lockTakenBack(considered, newer), message, severity: "warning" }
}

function consider(candidate: Candidate, chosen: Chosen, { tree }: Revision, { images }: PolicyParts): Considered {
  const { container, policy } = candidate
  const reference = parseReference(container.image)
  const workload = workloadOf(candidate)
  return {
    workload,
    container: container.name,
    current: container.image,
    policy,
    chosen,
    tags: (reference && images.known(repositoryOf(reference))?.tags) ?? [],
    canary: membershipOf(tree, workload)?.ref,
  }
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

type Answer = Exclude<Choice, { kind: "resolve" }> | { readonly kind: "unknown"; readonly reason: string }

async function chooseFor(
  { object, container, policy }: Candidate,
  revision: Revision,
  { images }: PolicyParts,
  signal: AbortSignal,
): Promise<Answer> {
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
