import { canaryRefs, command, protectOf, readRollout, type CanaryCommand } from "@serin/core"
import type { CanaryVerb, Named, Person } from "../api/services.ts"
import type { ActionResult, CanaryAction } from "../api/types.ts"
import { SerinError, unwrap } from "../errors.ts"
import type { Repositories } from "../parts.ts"
import { authorOf, causeOf, heads, submit } from "../release/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import { formatKey } from "./key.ts"
import { pastOf } from "./past.ts"
import { rememberPushed } from "./pushed.ts"
import { observeKey, type CanaryParts } from "./reconciler.ts"
import { writeDeliveryStatus } from "./status.ts"

/** A person's command: decided on the same observation as the engine's own steps, and committed by the same edits. */
export async function steerCanary(
  verb: CanaryVerb,
  { namespace, name }: Named,
  action: CanaryAction,
  person: Person,
  parts: CanaryParts,
): Promise<ActionResult & { readonly key: string }> {
  const { agent } = parts
  const ref = { namespace, name }
  const repository = homeOf(ref, agent.repositories)
  // A person speaks of what they saw at the git host, which may be ahead of what has been read here.
  await agent.repositories.refresh(repository, AbortSignal.timeout(refreshLimitMs))
  const head = agent.repositories.head(repository)
  if (head === undefined) throw notStated(ref)
  const read = readRollout(head.tree, ref)
  if (!read.ok) throw new SerinError("EDIT_REFUSED", read.reason)
  const canaryKey = { repository, ref }
  const key = formatKey(canaryKey)
  const past = unwrap(await pastOf(key, canaryKey, head, read.rollout, parts))
  const signal = AbortSignal.timeout(observeLimitMs)
  const observed = unwrap(await observeKey(key, canaryKey, read.rollout, past, parts, signal))
  if (observed.unwritten !== undefined) throw observed.unwritten
  const { situation } = observed
  const wish: CanaryCommand = {
    verb,
    cause: causeOf(person),
    author: authorOf(person),
    ...(action.reason !== undefined && { reason: action.reason }),
    ...(action.weight !== undefined && { weight: action.weight }),
    ...(action.tag !== undefined && { tag: action.tag }),
  }
  const meant = command(situation, wish)
  if (meant.kind === "refused") throw new SerinError("EDIT_REFUSED", meant.reason, { next: "Nothing was changed." })
  if (meant.kind === "protect") {
    // The reconciler takes it from here, also after a restart: what is written is what has been promised.
    const protect = protectOf(situation.rollout, meant.reason, meant.by)
    unwrap(await writeDeliveryStatus(agent.kube, ref, { ...situation.status, protect }, agent.at))
    return { key, message: meant.message }
  }
  const outcome = await submit(agent.repositories, repository, meant.edit, { urgent: true, decidedOn: head.commit })
  if (outcome.kind === "refused") throw new SerinError("EDIT_REFUSED", outcome.reason)
  if (outcome.kind === "obsolete")
    throw new SerinError("EDIT_REFUSED", outcome.reason, { next: "Look at the canary as it is now, and try again." })
  const { commit } = outcome.submitted
  const remembered = await rememberPushed(canaryKey, commit, observed, agent)
  // The commit is made, which is what was asked for; the next look remembers it.
  if (!remembered.ok) agent.log("commit not remembered yet", { canary: key, error: remembered.error.message })
  return { key, message: meant.message, commit }
}

/** A git host that is away must not hold up an abort: then what was read last has to do. */
const refreshLimitMs = 3_000
const observeLimitMs = 10_000

function homeOf(ref: Named, repositories: Repositories): RepositoryKey {
  const home = heads(repositories).find(({ revision }) =>
    canaryRefs(revision.manifests.map(({ object }) => object)).some(
      ({ namespace, name }) => name === ref.name && namespace === ref.namespace,
    ),
  )
  if (home === undefined) throw notStated(ref)
  return home.key
}

function notStated({ namespace, name }: Named): SerinError {
  return new SerinError("NOT_FOUND", `No config repository states Canary ${namespace}/${name}.`)
}
