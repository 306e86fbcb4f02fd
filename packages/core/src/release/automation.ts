import { annotationsOf, containersOf, type Container } from "../edit/workload.ts"
import { parseFluxPolicy, parsePolicy, type PolicyResult } from "../image/index.ts"

export const AUTOMATED = "serin.dev/automated"
export const TAG_PREFIX = "serin.dev/tag."
export const LOCKED = "serin.dev/locked"
export const LOCKED_MESSAGE = "serin.dev/locked-message"
export const PIN = "serin.dev/pin"
export const FLUX_AUTOMATED = "fluxcd.io/automated"
const FLUX_TAG_PREFIX = "fluxcd.io/tag."

/** What a workload's annotations in Git say about its images. */
export interface Automation {
  readonly automated: boolean
  readonly locked: { readonly message: string } | undefined
  /** Images are written with their digest. */
  readonly pinDigest: boolean
  readonly containers: readonly Container[]
  /** By container; what does not read is there with its reason. */
  readonly policies: ReadonlyMap<string, PolicyResult>
}

/** Serin's annotations, and Flux's where Serin's say nothing. */
export function automationOf(kind: string, object: unknown): Automation {
  const annotations = annotationsOf(object)
  const containers = containersOf(kind, object)
  const policies = new Map<string, PolicyResult>()
  for (const { name } of containers) {
    const own = annotations[`${TAG_PREFIX}${name}`]
    const flux = annotations[`${FLUX_TAG_PREFIX}${name}`]
    if (own !== undefined) policies.set(name, parsePolicy(own))
    else if (flux !== undefined) policies.set(name, parseFluxPolicy(flux))
  }
  return {
    automated: (annotations[AUTOMATED] ?? annotations[FLUX_AUTOMATED]) === "true",
    locked: annotations[LOCKED] === "true" ? { message: annotations[LOCKED_MESSAGE] ?? "" } : undefined,
    pinDigest: annotations[PIN] === "digest",
    containers,
    policies,
  }
}

/** The one container meant when none is named; a reason when that is not clear. */
export function containerOf(automation: Automation, name: string | undefined): Container | string {
  const { containers } = automation
  if (name !== undefined) {
    const found = containers.find((one) => one.name === name)
    return found ?? `there is no container ${name}; there are ${containers.map((one) => one.name).join(", ")}`
  }
  const main = containers.filter((one) => one.path.includes("containers"))
  const [only, second] = main
  if (only === undefined) return "it has no container with an image"
  if (second !== undefined) return `say which container: ${main.map((one) => one.name).join(", ")}`
  return only
}
