import type { Edit } from "@serin/core"
import type { SerinError } from "../errors.ts"

export type SubmitResult =
  /** Pushed: `commit` is in the branch. */
  | { readonly kind: "committed"; readonly commit: string }
  /** Nothing was committed: it already holds, or no longer makes sense on the branch's head. */
  | { readonly kind: "obsolete"; readonly reason: string }
  /** The edit cannot be made on this tree; a person must act. */
  | { readonly kind: "refused"; readonly reason: string }
  /** Nothing was committed, as far as can be known: decide anew on the tree that is there then. */
  | { readonly kind: "failed"; readonly error: SerinError }

export interface SubmitOptions {
  /** Goes before everything that waits, and does not wait for its turn in the pace. For rollbacks. */
  readonly urgent?: boolean
  /**
   * The commit whose history the edit was decided on. Where a later commit touched a file that the edit changes, the edit is
   * obsolete, even if the file reads as before: a human may have taken back what the edit would make anew.
   */
  readonly decidedOn?: string
}

/** The one place that writes to a config repository. One per Repository. */
export interface GitWriter {
  /**
   * Runs the edit on the branch's head, commits and pushes; on a rejected push again on the new head. Edits that wait
   * together go out in one push, each as a commit of its own.
   */
  submit(edit: Edit, options?: SubmitOptions): Promise<SubmitResult>
}
