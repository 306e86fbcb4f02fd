import type { Tree } from "../edit/edit.ts"
import { objectsOf } from "../edit/parsed-file.ts"
import { valueAt } from "../edit/path.ts"
import { groupOf, isManifestPath, type Manifest } from "../manifest/index.ts"
import { readRollout, type CanaryRef, type Rollout } from "../canary/rollout.ts"

/** The canary that a Deployment belongs to. */
export interface Membership {
  readonly ref: CanaryRef
  readonly side: "stable" | "canary"
}

interface Workload {
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Every Canary among manifests, whether or not it reads. */
export function canaryRefs(manifests: Iterable<Pick<Manifest, "apiVersion" | "kind" | "metadata">>): CanaryRef[] {
  const refs: CanaryRef[] = []
  for (const { apiVersion, kind, metadata } of manifests)
    if (kind === "Canary" && groupOf(apiVersion) === "serin.dev")
      refs.push({ namespace: metadata.namespace ?? "default", name: metadata.name })
  return refs
}

/** On which side of a Canary a workload is. */
export function sideOf(canary: unknown, ref: CanaryRef, workload: Workload): Membership | undefined {
  if (workload.kind !== "Deployment" || workload.namespace !== ref.namespace) return undefined
  for (const side of ["stable", "canary"] as const)
    if (valueAt(canary, ["spec", side, "deployment"]) === workload.name) return { ref, side }
  return undefined
}

function isManifest(value: unknown): value is Manifest {
  return typeof valueAt(value, ["apiVersion"]) === "string" && typeof valueAt(value, ["metadata", "name"]) === "string"
}

/** Looks through the tree for the Canary that names this workload. */
export function membershipOf(tree: Tree, workload: Workload): Membership | undefined {
  for (const [path, text] of tree.files) {
    if (!isManifestPath(path) || !text.includes("Canary") || !text.includes(workload.name)) continue
    for (const { value } of objectsOf(text)) {
      const ref = isManifest(value) ? canaryRefs([value])[0] : undefined
      const member = ref && sideOf(value, ref, workload)
      if (member !== undefined) return member
    }
  }
  return undefined
}

/** Why an image may not be put on a canary's side now; undefined when it may. A sentence with the next step. */
export function obstacle(tree: Tree, member: Membership, byPolicy: boolean): string | undefined {
  const name = `${member.ref.namespace}/${member.ref.name}`
  if (member.side === "stable" && byPolicy)
    return `It is the stable side of canary ${name}, which gets images by promotion only; put the policy on the canary side.`
  const result = readRollout(tree, member.ref)
  if (!result.ok) return result.reason
  return busy(result.rollout, name)
}

function busy({ delivery, spec }: Rollout, name: string): string | undefined {
  if (delivery === undefined) return `Serin has not adopted canary ${name} yet; wait a moment and try again.`
  const { phase, revision } = delivery
  if (phase === "Idle" || phase === "Failed") return undefined
  if (spec.onNewImage === "restart" && (phase === "Waiting" || phase === "Progressing")) return undefined
  return `Canary ${name} is ${phase} with ${revision.split("@")[0] ?? revision}; wait for its end, or end it with \`serin canary abort ${member(name)}\`.`
}

function member(name: string): string {
  const [namespace = "", short = ""] = name.split("/")
  return `${short} -n ${namespace}`
}
