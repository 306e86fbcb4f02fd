import { readRollout, witness } from "@serin/core"
import { ok, type Result } from "../errors.ts"
import type { AgentParts } from "../parts.ts"
import type { CanaryKey } from "./key.ts"
import type { Observed } from "./observe.ts"
import { writeDeliveryStatus } from "./status.ts"

/**
 * The cluster remembers a commit of ours as soon as it is pushed. A human may take it back before the head has been looked at
 * again: a revert is found in Git's history (past.ts), a force-push over the commit is not.
 */
export async function rememberPushed(
  { repository, ref }: CanaryKey,
  commit: string,
  { situation: { status }, seen }: Observed,
  { repositories, kube, clock, at, settings }: AgentParts,
): Promise<Result<void>> {
  if (seen.delivery === undefined) return ok(undefined)
  const tree = await repositories.treeAt(repository, commit)
  if (!tree.ok) return tree
  const read = readRollout(tree.value, ref)
  // What does not read is said by the look that follows.
  if (!read.ok) return ok(undefined)
  const { cluster } = settings()
  return writeDeliveryStatus(kube, ref, witness(status, read.rollout, { live: false, cluster }, clock.now()), at)
}
