import { X509Certificate } from "node:crypto"
import { readFile } from "node:fs/promises"
import { messageOf } from "../errors.ts"
import type { Clock, Log } from "../runtime/index.ts"

/** Certificate authorities (PEM) that are trusted beside the system's; undefined: none. */
export type Authorities = () => Promise<string | undefined>

const keepForMs = 10_000

/**
 * The authorities of a file that may be replaced, or come later, while the agent runs (a ConfigMap's volume). One that holds no
 * certificate, or a broken one, is said in the log, and what was read before stays.
 */
export function authoritiesOf(path: string, clock: Clock, log: Log): Authorities {
  let known: string | undefined
  let read: { readonly at: number; readonly text: Promise<string | undefined> } | undefined
  let said = ""
  const say = (what: string, fields: object): void => {
    const line = JSON.stringify([what, fields])
    if (line !== said) log(what, { path, ...fields })
    said = line
  }
  const refresh = async (): Promise<string | undefined> => {
    try {
      const text = await readFile(path, "utf8")
      const count = certificatesIn(text)
      if (text !== known) say("certificate authorities read", { certificates: count })
      known = text
    } catch (error) {
      const gone = error instanceof Error && "code" in error && error.code === "ENOENT"
      if (gone) known = undefined
      if (gone) say("no CA bundle: only the system's certificate authorities are trusted", {})
      else say("CA bundle not read; what was read before stays", { error: messageOf(error) })
    }
    return known
  }
  return () => {
    const now = clock.now()
    if (read === undefined || now - read.at >= keepForMs) read = { at: now, text: refresh() }
    return read.text
  }
}

/** How many certificates a PEM bundle holds. Throws when it holds none, or one that is none. */
function certificatesIn(pem: string): number {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^]*?-----END CERTIFICATE-----/g) ?? []
  if (blocks.length === 0) throw new RangeError("it holds no certificate")
  return blocks.map((block) => new X509Certificate(block)).length
}
