import { Draft } from "../edit/draft.ts"
import type { CommitMessage, Edit, EditResult, Tree } from "../edit/edit.ts"
import { diffChanges } from "../edit/diff.ts"
import { locate } from "../edit/locate.ts"
import { workloadName } from "../edit/workload.ts"
import { parseReference, sameImage, withoutDigest, withTag } from "../image/index.ts"
import { hashOf } from "../canary/seal.ts"
import { rejectedAs } from "../canary/roll-back.ts"
import { readRollout } from "../canary/rollout.ts"
import { automationOf, containerOf } from "./automation.ts"
import { membershipOf, obstacle } from "./membership.ts"

export interface WorkloadRef {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

export interface Release {
  readonly workload: WorkloadRef
  /** Needed when the workload has several. */
  readonly container?: string
  readonly tag: string
  /** Of the tag, as the registry says now. Needed where images are pinned. */
  readonly digest?: string
  /** The image the choice was made on; on another one it is made anew. Absent for a person's choice. */
  readonly from?: string
  /** `user alice` or `policy semver:~0.2`. */
  readonly cause: string
  readonly reason: string
  readonly byPolicy: boolean
  readonly author?: CommitMessage["author"]
}

const refused = (reason: string): EditResult => ({ kind: "refused", reason })

/** Puts a tag into a workload's manifest: the image's bytes and nothing else. */
export function releaseEdit(release: Release): Edit {
  const { kind, namespace, name } = release.workload
  return (tree) => {
    const wanted = workloadName(kind, namespace, name)
    if (wanted === undefined)
      return refused(`${kind} has no pods; name a Deployment, StatefulSet, DaemonSet, CronJob, Job or Pod.`)
    const found = locate(tree, wanted)
    if (!found.ok)
      return refused(
        found.missing
          ? `${found.reason} If it is rendered by a tool, change the image where the tool takes it from.`
          : found.reason,
      )
    const automation = automationOf(kind, found.located.object)
    const container = containerOf(automation, release.container)
    const title = `${kind} ${namespace}/${name}`
    if (typeof container === "string") return refused(`${title}: ${container}.`)
    if (release.from !== undefined && release.from !== container.image)
      return { kind: "obsolete", reason: `The image is ${container.image} by now; it is chosen anew.` }
    if (automation.locked !== undefined) {
      const why = automation.locked.message === "" ? "" : ` (${automation.locked.message})`
      return refused(`${title} is locked${why}; \`serin unlock\` opens it.`)
    }
    const image = imageFor(container.image, automation.pinDigest, release)
    if (image === undefined) return refused(`${title} pins digests, and the digest of ${release.tag} is not known.`)
    if (image === container.image) return { kind: "obsolete", reason: `${title} has ${container.image} already.` }
    const hindrance = hindranceOf(tree, release, image)
    if (hindrance !== undefined) return refused(hindrance)
    const draft = new Draft(tree).set(found.located, container.path, image)
    if (draft.refusal !== undefined) return refused(draft.refusal)
    return { kind: "commit", changes: draft.changes(), message: messageOf(release, container.image, image) }
  }
}

function imageFor(current: string, pinDigest: boolean, { tag, digest }: Release): string | undefined {
  const pinned = pinDigest || parseReference(current)?.digest !== undefined
  if (!pinned) return withTag(current, tag)
  return digest === undefined ? undefined : withTag(current, tag, digest)
}

function hindranceOf(tree: Tree, release: Release, image: string): string | undefined {
  const member = membershipOf(tree, release.workload)
  if (member === undefined) return undefined
  const rollout = readRollout(tree, member.ref)
  const entry = rollout.ok ? rejectedAs(image, release.digest, rollout.rollout.delivery?.rejected ?? []) : undefined
  if (entry !== undefined)
    return `${withoutDigest(image)} was rejected (${entry.why}); \`serin canary clear-rejected ${member.ref.name} -n ${member.ref.namespace}\` allows it again.`
  return obstacle(tree, member, release.byPolicy)
}

function messageOf(release: Release, from: string, to: string): CommitMessage {
  const { kind, namespace, name } = release.workload
  const what = sameImage(withoutDigest(from), withoutDigest(to)) ? `${release.tag} anew` : release.tag
  const workload = `${kind} ${namespace}/${name}`
  return {
    subject: `Release ${name} ${what}`,
    body: release.reason,
    trailers: [
      ["Serin-Kind", "release"],
      ["Serin-Workload", workload],
      ["Serin-From", from],
      ["Serin-To", to],
      ["Serin-Cause", release.cause],
      ["Serin-Reason", release.reason],
      ["Serin-Id", hashOf({ workload, from, to, cause: release.cause }).slice("sha256:".length, "sha256:".length + 20)],
    ],
    ...(release.author !== undefined && { author: release.author }),
  }
}

export interface Plan {
  readonly result: EditResult
  /** Of exactly what is committed; empty when nothing is. */
  readonly diff: string
}

/** The dry run: the same edit on the same tree, without the commit. */
export function plan(edit: Edit, tree: Tree): Plan {
  const result = edit(tree)
  return { result, diff: result.kind === "commit" ? diffChanges(tree, result.changes) : "" }
}
