import { plan, type Edit, type EditResult } from "@serin/core"
import { SerinError } from "../errors.ts"
import type { SubmitOptions } from "../git/index.ts"
import type { RepositoryKey } from "../source/repository.ts"
import type { ReleaseRepositories } from "./find.ts"

export interface Submitted {
  readonly commit: string
  /** Of what was committed. */
  readonly diff: string
  readonly result: Extract<EditResult, { kind: "commit" }>
}

/** What became of an edit that a person asked for. */
export type SubmitOutcome =
  | { readonly kind: "committed"; readonly submitted: Submitted }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "obsolete"; readonly reason: string }

/** Commits a person's edit and pushes it. Rejects with SerinError when the git host cannot be written to. */
export async function submit(
  repositories: Pick<ReleaseRepositories, "writer">,
  key: RepositoryKey,
  edit: Edit,
  options: SubmitOptions = {},
): Promise<SubmitOutcome> {
  const writer = repositories.writer(key)
  if (writer === undefined)
    throw new SerinError("GIT_UNREACHABLE", `Repository ${key} could not be read yet, so nothing can be written to it.`)
  // GitWriter may run the edit again on a newer head: what the last run made is what is pushed.
  let last: { readonly result: EditResult; readonly diff: string } | undefined
  const submitted = await writer.submit((tree) => {
    last = plan(edit, tree)
    return last.result
  }, options)
  if (submitted.kind === "failed") throw submitted.error
  if (submitted.kind !== "committed") return submitted
  if (last?.result.kind !== "commit") throw new SerinError("INTERNAL", "a commit came of an edit that made none")
  return { kind: "committed", submitted: { commit: submitted.commit, diff: last.diff, result: last.result } }
}
