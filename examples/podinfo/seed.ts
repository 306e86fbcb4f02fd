import { join } from "node:path"
import { fileURLToPath } from "node:url"

export interface SeedCommit {
  /** Copied over what the commit before had. */
  readonly folder: string
  readonly message: string
  readonly author: { readonly name: string; readonly email: string }
  readonly at: Date
  readonly tag?: string
}

/** What is needed of a git host; the embedded one has it. */
export interface SeedTarget {
  /** Creates the repository and fills it, unless it has commits; resolves to the commit ids. */
  seed(repository: string, commits: readonly SeedCommit[]): Promise<readonly string[]>
}

const configRepository = "team/config"
const appRepository = "team/podinfo"

const author = { name: "dev", email: "dev@example.com" }

/**
 * Makes the repositories as the story begins: the app with its tags 0.1.0 and 0.2.0, and the config repo that runs them. All
 * times are fixed, so the commit ids are the same everywhere. The later versions are in `versions/` too: a developer
 * copies one over a clone of the app, commits, tags and pushes. `folder` is this folder, where a bundle has moved it.
 */
export async function seedPodinfo(
  target: SeedTarget,
  folder: string = fileURLToPath(new URL(".", import.meta.url)),
): Promise<void> {
  const version = (tag: string, message: string, at: string): SeedCommit => ({
    folder: join(folder, "versions", tag),
    message,
    author,
    at: new Date(at),
    tag,
  })
  await Promise.all([
    target.seed(appRepository, [
      version("0.1.0", "Begin podinfo", "2026-01-05T09:00:00Z"),
      version("0.2.0", "Take messages from their source", "2026-01-12T09:00:00Z"),
    ]),
    target.seed(configRepository, [
      {
        folder: join(folder, "config"),
        message: "Run podinfo 0.1.0, and 0.2.0 beside it without traffic",
        author,
        at: new Date("2026-01-12T10:00:00Z"),
      },
    ]),
  ])
}
