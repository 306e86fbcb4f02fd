/** What `seedPodinfo` needs of a git host; the embedded one has it. */
export interface SeedTarget {
  seed(repository: string, commits: readonly SeedCommit[]): Promise<readonly string[]>
}

export type SeedCommit =
  | {
      readonly folder: string
      readonly message: string
      readonly author: { readonly name: string; readonly email: string }
      readonly at: Date
      readonly tag?: string
    }
  | { readonly patch: string; readonly tag?: string }

/**
 * The signature of `seedPodinfo`: `team/config` and `team/podinfo` (tags 0.1.0 and 0.2.0) as the story begins. `folder` is
 * this folder, for a bundle that has moved.
 */
export type SeedPodinfo = (
  target: SeedTarget,
  folder?: string,
) => Promise<{ readonly configRepository: "team/config"; readonly appRepository: "team/podinfo" }>
