import { command, protectedHash, readRollout, type CanaryCommand } from "@serin/core"
import type { CanaryVerb, Named, Person } from "../api/services.ts"
import type { ActionResult, CanaryAction } from "../api/types.ts"
import { SerinError, unwrap } from "../errors.ts"
import { authorOf, causeOf, heads, submit } from "../release/index.ts"
import { formatKey } from "./key.ts"
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
  const home = heads(agent.repositories).find(({ revision }) =>
    revision.manifests.some(
      ({ object }) =>
        object.kind === "Canary" &&
        object.metadata.name === name &&
        (object.metadata.namespace ?? "default") === namespace,
    ),
  )
  if (home === undefined) throw new SerinError("NOT_FOUND", `No config repository states Canary ${namespace}/${name}.`)
  const read = readRollout(home.revision.tree, ref)
  if (!read.ok) throw new SerinError("EDIT_REFUSED", read.reason)
  const canaryKey = { repository: home.key, ref }
  const key = formatKey(canaryKey)
  const { situation } = unwrap(await observeKey(key, canaryKey, read.rollout, parts, AbortSignal.timeout(agentLimitMs)))
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
    const protect = { hash: protectedHash(situation.rollout), reason: meant.reason, by: meant.by }
    unwrap(await writeDeliveryStatus(agent.kube, ref, { ...situation.status, protect }, agent.at))
    return { key, message: meant.message }
  }
  const outcome = await submit(agent.repositories, home.key, meant.edit, { urgent: true })
  if (outcome.kind === "refused") throw new SerinError("EDIT_REFUSED", outcome.reason)
  if (outcome.kind === "obsolete")
    throw new SerinError("EDIT_REFUSED", outcome.reason, { next: "Look at the canary as it is now, and try again." })
  return { key, message: meant.message, commit: outcome.submitted.commit }
}

const agentLimitMs = 10_000
