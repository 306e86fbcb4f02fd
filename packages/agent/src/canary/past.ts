import { highestState, type Delivery, type Rollout } from "@serin/core"
import { ok, type Result } from "../errors.ts"
import type { AgentParts, Revision } from "../parts.ts"
import type { CanaryKey } from "./key.ts"

/** A canary's history up to a commit. */
export interface CanaryPast {
  readonly commit: string
  /** The highest state that the branch went through, whether or not it still stands there. */
  readonly highest: Delivery | undefined
}

/** Read once for each head. */
export async function pastOf(
  text: string,
  { repository, ref }: CanaryKey,
  { commit }: Revision,
  { deliveryAt }: Rollout,
  { agent, pasts }: { readonly agent: Pick<AgentParts, "repositories">; readonly pasts: Map<string, CanaryPast> },
): Promise<Result<CanaryPast>> {
  const known = pasts.get(text)
  if (known?.commit === commit) return ok(known)
  const trees = deliveryAt === undefined ? ok([]) : await agent.repositories.past(repository, commit, [deliveryAt.path])
  if (!trees.ok) return trees
  const past = { commit, highest: highestState(trees.value, ref) }
  pasts.set(text, past)
  return ok(past)
}
