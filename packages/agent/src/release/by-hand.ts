import {
  automationOf,
  containerOf,
  parseReference,
  plan,
  releaseEdit,
  switchEdit,
  withTag,
  type EditResult,
} from "@serin/core"
import type { Named, Person, WorkloadVerb } from "../api/services.ts"
import type { ActionResult, ReleaseRequest, ReleaseResult, WorkloadAction } from "../api/types.ts"
import { SerinError } from "../errors.ts"
import type { ImageBook } from "../images/index.ts"
import { authorOf, causeOf } from "./author.ts"
import { findWorkload, type Found, type ReleaseRepositories } from "./find.ts"
import { submit, type SubmitOutcome } from "./submit.ts"

export interface HandParts {
  readonly repositories: ReleaseRepositories
  readonly images: ImageBook
}

/** A person's release: checked against the registry, then the same edit as automation's, with or without the commit. */
export async function releaseByHand(parts: HandParts, request: ReleaseRequest, person: Person): Promise<ReleaseResult> {
  const found = findWorkload(parts.repositories, {
    namespace: request.namespace,
    name: request.workload,
    kind: request.kind,
  })
  const { kind, metadata } = found.object
  const workload = { kind, namespace: metadata.namespace ?? "default", name: metadata.name }
  const digest = await digestOf(parts.images, found, request)
  const cause = causeOf(person)
  const edit = releaseEdit({
    workload,
    ...(request.container !== undefined && { container: request.container }),
    tag: request.tag,
    ...(digest !== undefined && { digest }),
    cause,
    reason: request.reason ?? `${person.name} released it by hand.`,
    byPolicy: false,
    author: authorOf(person),
  })
  const object = `${workload.kind} ${workload.namespace}/${workload.name}`
  if (request.dryRun === true) {
    const { result, diff } = plan(edit, found.revision.tree)
    return { dryRun: true, diff, ...describe(result, workload, object) }
  }
  const outcome = await submit(parts.repositories, found.key, edit)
  if (outcome.kind !== "committed") return { dryRun: false, diff: "", ...describe(outcome, workload, object) }
  const { commit, diff, result } = outcome.submitted
  return { dryRun: false, diff, ...describe(result, workload, object), commit }
}

type Described = Pick<ReleaseResult, "objects" | "refused" | "message">

function describe(
  result: EditResult,
  workload: { readonly kind: string; readonly namespace: string; readonly name: string },
  object: string,
): Described {
  if (result.kind === "refused")
    return { objects: [], refused: [{ object, reason: result.reason }], message: result.reason }
  if (result.kind === "obsolete") return { objects: [], refused: [], message: result.reason }
  const trailer = (name: string): string => result.message.trailers.find(([key]) => key === name)?.[1] ?? ""
  const change = { ...workload, from: trailer("Serin-From"), to: trailer("Serin-To") }
  return { objects: [change], refused: [], message: `${object}: ${change.from} → ${change.to}` }
}

/** A tag that the registry does not have is not released: its pods would never start. */
async function digestOf(images: ImageBook, found: Found, request: ReleaseRequest): Promise<string | undefined> {
  const container = containerOf(automationOf(found.object.kind, found.object), request.container)
  const reference = typeof container === "string" ? undefined : parseReference(container.image)
  // Which container is meant is not clear: the edit itself says so.
  if (typeof container === "string" || reference === undefined) return undefined
  const asked = await images.digest(reference, request.tag)
  if (asked.ok) return asked.value
  if (asked.error.code !== "REGISTRY_NOT_FOUND") throw asked.error
  throw new SerinError("REGISTRY_NOT_FOUND", `There is no ${withTag(container.image, request.tag)} in its registry.`, {
    cause: asked.error,
    next: `\`serin images ${container.image}\` lists the tags there are.`,
  })
}

export async function switchByHand(
  { repositories }: HandParts,
  verb: WorkloadVerb,
  wanted: Named & { readonly kind: string },
  action: WorkloadAction,
  person: Person,
): Promise<ActionResult> {
  const { key, object } = findWorkload(repositories, wanted)
  const edit = switchEdit({
    verb,
    workload: { kind: object.kind, namespace: wanted.namespace, name: wanted.name },
    cause: causeOf(person),
    author: authorOf(person),
    ...(action.reason !== undefined && { reason: action.reason }),
    ...(action.message !== undefined && { message: action.message }),
    ...(action.policy !== undefined && { policy: action.policy }),
  })
  return done(await submit(repositories, key, edit), `${object.kind} ${wanted.namespace}/${wanted.name} ${now[verb]}.`)
}

const now: Readonly<Record<WorkloadVerb, string>> = {
  automate: "is automated now: its policy releases new tags",
  deautomate: "is not automated any more: tags are released by hand",
  lock: "is locked now: nothing releases it until `serin unlock`",
  unlock: "is unlocked now",
}

/** A refusal is the caller's failure, here where nothing else is answered. */
function done(outcome: SubmitOutcome, message: string): ActionResult {
  if (outcome.kind === "refused")
    throw new SerinError("EDIT_REFUSED", outcome.reason, {
      next: "Nothing was committed: correct it as the message says, and try again.",
    })
  return outcome.kind === "obsolete" ? { message: outcome.reason } : { message, commit: outcome.submitted.commit }
}
