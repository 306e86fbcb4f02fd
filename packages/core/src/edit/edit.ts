/** The files below the repository's configured path at one commit. Pure data: an Edit is decided on it and nothing else. */
export interface Tree {
  /** Commit id, 40 hex digits. */
  readonly revision: string
  /** Path relative to the repository's root → text. Only regular files that are valid UTF-8. */
  readonly files: ReadonlyMap<string, string>
}

export interface FileChange {
  readonly path: string
  /** `null` removes the file. */
  readonly content: string | null
}

export interface CommitMessage {
  readonly subject: string
  readonly body: string
  /** In order, e.g. `["Serin-Kind", "release"]`. For people and audit; no decision reads them. */
  readonly trailers: readonly (readonly [name: string, value: string])[]
  /** On whose behalf; absent: Serin itself. */
  readonly author?: { readonly name: string; readonly email: string }
}

export type EditResult =
  | { readonly kind: "commit"; readonly changes: readonly FileChange[]; readonly message: CommitMessage }
  /** What the edit wanted already holds, or no longer makes sense on this tree; nothing is committed. */
  | { readonly kind: "obsolete"; readonly reason: string }
  /** The edit cannot be made on this tree, and a person must act: the reason and the next step. */
  | { readonly kind: "refused"; readonly reason: string }

/**
 * A change of the config repo as a pure function of the tree, so that GitWriter can run it again on a new HEAD after a
 * rejected push. It must not remember anything between runs.
 */
export type Edit = (tree: Tree) => EditResult
