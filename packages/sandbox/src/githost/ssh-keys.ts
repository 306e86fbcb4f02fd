import { createHash } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import ssh2, { type ParsedKey } from "ssh2"

/** A public key as it stands in `authorized_keys`. */
export interface PublicKey {
  /** `ssh-ed25519 AAAA…`, without the comment. */
  readonly line: string
  /** `SHA256:…` as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly parsed: ParsedKey
}

/** Undefined when the text is no public key. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const parsed = ssh2.utils.parseKey(text.trim())
  if (parsed instanceof Error || parsed.isPrivateKey()) return undefined
  const bytes = parsed.getPublicSSH()
  const fingerprint = createHash("sha256").update(bytes).digest("base64").replace(/=+$/, "")
  return { line: `${parsed.type} ${bytes.toString("base64")}`, fingerprint: `SHA256:${fingerprint}`, parsed }
}

/** The host's ed25519 key, made at the first start. */
export async function loadHostKey(path: string): Promise<{ privateKey: string; publicLine: string }> {
  let privateKey: string
  try {
    privateKey = await readFile(path, "utf8")
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error
    privateKey = ssh2.utils.generateKeyPairSync("ed25519").private
    await writeFile(path, privateKey, { mode: 0o600 })
  }
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error)
    throw new Error(`The SSH host key ${path} is damaged. Delete it to get a new one.`, { cause: parsed })
  return { privateKey, publicLine: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` }
}
