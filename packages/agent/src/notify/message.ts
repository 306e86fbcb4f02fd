import { trailer, type CommitInfo } from "../git/commit-info.ts"

/** What people are told about one commit of Serin. */
export interface Message {
  /** The same at every delivery of the same commit: receivers drop repeats by it. */
  readonly id: string
  readonly kind: string
  readonly text: string
  readonly commit: string
  readonly severity: "info" | "warning"
}

const warnings = new Set(["rollback", "paused", "failed", "rejected"])

/** Undefined for commits that are not Serin's. */
export function messageFor(commit: CommitInfo, repository: string): Message | undefined {
  const kind = trailer(commit, "Serin-Kind")
  if (kind === undefined) return undefined
  const cause = trailer(commit, "Serin-Cause")
  const lines = [
    `*${commit.subject}*`,
    commit.body,
    `${cause === undefined ? "" : `by ${cause} · `}commit ${commit.commit.slice(0, 8)} in ${repository}`,
  ]
  return {
    id: trailer(commit, "Serin-Id") ?? commit.commit,
    kind,
    text: lines.filter((line) => line !== "").join("\n"),
    commit: commit.commit,
    severity: warnings.has(kind) ? "warning" : "info",
  }
}
