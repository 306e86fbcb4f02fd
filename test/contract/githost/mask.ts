import type { Target } from "./target.ts"

/** How versions of git say that a ref could not be updated: until 2.49, and since (refs.c, ref_transaction_error_msg). */
const notUpdated =
  /failed to update ref|refname conflict|reference (already exists|does not exist)|(incorrect old|invalid new) value provided/g

/** The words of git-shell, of gitolite and of the embedded host (its own tests look at those) for what SSH does not open. */
const refusals = new RegExp(
  [
    "^fatal: '[^']*' does not appear to be a git repository",
    "^fatal: unrecognized command .*",
    "^fatal: bad argument",
    "^fatal: Interactive git shell is not enabled\\.\\nhint: .*",
    "^FATAL: .*(\\n\\(or you mis-spelled the reponame\\))?",
    "^This deploy key does not open .*",
    "^The deploy key .* may read .*",
    "^Only git-upload-pack, .* are run here\\.",
    "^You are known here, but .*",
  ].join("|"),
  "gm",
)

/** Replaces what differs from server to server and from run to run: addresses, folders, fingerprints. */
export class Masker {
  readonly #replacements: readonly (readonly [RegExp, string])[]

  constructor(target: Target, folder: string) {
    const { host } = new URL(target.http)
    const doors = [target.ssh, target.guarded].map(({ url }) => new URL(url))
    this.#replacements = [
      [new RegExp(escaped(folder), "g"), "<folder>"],
      [new RegExp(`http://([^@/' ]*@)?${escaped(host)}`, "g"), "<http>"],
      ...doors.map(
        (door) =>
          [new RegExp(`ssh://(${door.username}@)?${escaped(door.host + door.pathname)}`, "g"), "<ssh>"] as const,
      ),
      ...doors.map(({ port }) => [new RegExp(`\\[?127\\.0\\.0\\.1\\]?:${port}`, "g"), "<ssh host>"] as const),
      ...doors.map(
        ({ username }) => [new RegExp(`\\b${username}@127\\.0\\.0\\.1`, "g"), "<ssh user>@<ssh host>"] as const,
      ),
      [new RegExp(escaped(host), "g"), "<http host>"],
      [/SHA256:[\w+/]{43}/g, "<fingerprint>"],
      [notUpdated, "<not updated>"],
      [/^remote: error: cannot lock ref .*\n/gm, ""],
      [/\r/g, ""],
      // What a server adds to the reason that SSH has a number for.
      [/(administratively prohibited:).*/g, "$1 …"],
      [refusals, "<refused>"],
    ]
  }

  text(value: string): string {
    return this.#replacements.reduce((text, [what, by]) => text.replace(what, by), value)
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
