import type { Target } from "./target.ts"

/** How versions of git say that a ref could not be updated: until 2.49, and since (refs.c, ref_transaction_error_msg). */
const notUpdated =
  /failed to update ref|refname conflict|reference (already exists|does not exist)|(incorrect old|invalid new) value provided/g

/** Replaces what differs from server to server and from run to run: addresses, folders, fingerprints. */
export class Masker {
  readonly #replacements: readonly (readonly [RegExp, string])[]

  constructor(target: Target, folder: string) {
    const { host } = new URL(target.http)
    const ssh = new URL(target.ssh)
    this.#replacements = [
      [new RegExp(`${escaped(folder)}`, "g"), "<folder>"],
      [new RegExp(`http://([^@/' ]*@)?${escaped(host)}`, "g"), "<http>"],
      [new RegExp(escaped(target.ssh), "g"), "<ssh>"],
      [new RegExp(`\\[?127\\.0\\.0\\.1\\]?:${ssh.port}`, "g"), "<ssh host>"],
      [new RegExp(`\\b${ssh.username}@127\\.0\\.0\\.1`, "g"), "<ssh user>@<ssh host>"],
      [new RegExp(escaped(host), "g"), "<http host>"],
      [/SHA256:[\w+/]{43}/g, "<fingerprint>"],
      [notUpdated, "<not updated>"],
      [/\r/g, ""],
    ]
  }

  text(value: string): string {
    return this.#replacements.reduce((text, [what, by]) => text.replace(what, by), value)
  }
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
}
