import type { AgentEvent, HistoryEntry } from "../api/types.ts"
import type { HistoryFilter } from "../api/services.ts"
import { trailer, type CommitInfo } from "../git/commit-info.ts"

/** Kinds of events that leave no commit, for the cluster was changed past Git. */
const eventKinds = new Set(["drift", "protect"])

/**
 * What happened, newest first: the commits of the config repositories, and what the agent saw that has no commit. An audit
 * view; no decision reads it.
 */
export function historyOf(
  commits: readonly CommitInfo[],
  events: readonly AgentEvent[],
  filter: HistoryFilter,
): HistoryEntry[] {
  return [...commits.map(fromCommit), ...events.filter(({ kind }) => eventKinds.has(kind)).map(fromEvent)]
    .filter((entry) => matches(entry, filter))
    .sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
    .slice(0, filter.limit)
}

function fromCommit(commit: CommitInfo): HistoryEntry {
  const kind = trailer(commit, "Serin-Kind")
  const from = trailer(commit, "Serin-From")
  const to = trailer(commit, "Serin-To")
  const subject = trailer(commit, "Serin-Workload") ?? trailer(commit, "Serin-Canary") ?? commit.subject
  const numbers = Object.fromEntries(
    commit.trailers
      .filter(([name]) => name === "Serin-Number")
      .flatMap(([, value]) => {
        const [, name, number] = /^(\S+)[ =](-?[\d.]+)$/.exec(value) ?? []
        return name === undefined ? [] : [[name, Number(number)] as const]
      }),
  )
  return {
    at: commit.at,
    who: trailer(commit, "Serin-Cause") ?? commit.author,
    kind: kind ?? "commit",
    subject,
    commit: commit.commit,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
    reason:
      kind === undefined || commit.body === ""
        ? commit.subject
        : `${commit.subject}: ${commit.body.split("\n\n")[0]?.replaceAll("\n", " ") ?? ""}`,
    ...(Object.keys(numbers).length === 0 ? {} : { numbers }),
  }
}

function fromEvent(event: AgentEvent): HistoryEntry {
  const who = event.data?.["who"]
  return {
    at: event.at,
    who: typeof who === "string" && who !== "" ? who : "unknown",
    kind: event.kind,
    subject: event.subject ?? event.namespace ?? "",
    ...(event.commit === undefined ? {} : { commit: event.commit }),
    reason: event.message,
  }
}

function matches(entry: HistoryEntry, { workload, canary, kind }: HistoryFilter): boolean {
  const names = (name: string | undefined): boolean => name === undefined || entry.subject.split(/[\s/]/).includes(name)
  return names(workload) && names(canary) && (kind === undefined || entry.kind === kind)
}
