import type { Target } from "./target.ts"

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
