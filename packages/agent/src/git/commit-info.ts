/** A commit as audit sees it: read for history and messages, never for a decision. */
export interface CommitInfo {
  readonly commit: string
  readonly parents: readonly string[]
  readonly author: string
  /** RFC 3339, when it was committed. */
  readonly at: string
  readonly subject: string
  /** Without the trailers. */
  readonly body: string
  readonly trailers: readonly (readonly [name: string, value: string])[]
}

export function trailer(commit: CommitInfo, name: string): string | undefined {
  return commit.trailers.find(([candidate]) => candidate === name)?.[1]
}
