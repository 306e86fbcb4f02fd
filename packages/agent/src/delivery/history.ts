import type { HistoryFilter } from "../api/services.ts"
import type { HistoryEntry } from "../api/types.ts"
import { historyOf } from "../history/index.ts"
import type { AgentParts } from "../parts.ts"

/** Commits looked through for one answer. */
const window = 1_000

/** The history over all repositories; one whose log cannot be read is left out, and that is logged. */
export async function readHistory(
  { repositories, events, log }: AgentParts,
  filter: HistoryFilter,
): Promise<HistoryEntry[]> {
  const logs = await Promise.all(
    repositories.list().map(async ({ metadata }) => {
      const key = `${metadata.namespace}/${metadata.name}`
      const commits = await repositories.log(key, { limit: window })
      if (!commits.ok) log("history of a repository cannot be read", { repository: key, error: commits.error.message })
      return commits.ok ? commits.value : []
    }),
  )
  return historyOf(logs.flat(), events.since(0).events, filter)
}
