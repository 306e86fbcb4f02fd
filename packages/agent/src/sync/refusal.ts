import { describeProblem } from "@serin/core"
import type { SyncState } from "./state.ts"

/** A refused revision is looked at again after this long, since its cause may lie in the cluster. */
export const refusalRetryMs = 30_000

/** What a person reads about a revision that is not applied: the first problem with its place, and what stays. */
export function refusalMessage({ refusal, good }: Pick<SyncState, "refusal" | "good">): string {
  if (!refusal) return ""
  const [first, ...rest] = refusal.problems
  const more = rest.length === 0 ? "" : ` (and ${rest.length} more)`
  const stays = good ? `revision ${good.commit.slice(0, 7)} stays` : "the cluster stays as it is"
  const problem = first ? describeProblem(first) : "no reason is known"
  return `${refusal.commit.slice(0, 7)} is not applied, nothing of it: ${problem}${more}; ${stays}. Correct it and push`
}
