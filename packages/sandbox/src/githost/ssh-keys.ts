import { createHash, generateKeyPairSync, randomBytes } from "node:crypto"
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
    privateKey = generatePrivateKey()
    await writeFile(path, privateKey, { mode: 0o600 })
  }
  const parsed = ssh2.utils.parseKey(privateKey)
  if (parsed instanceof Error)
    throw new Error(`The SSH host key ${path} is damaged. Delete it to get a new one.`, { cause: parsed })
  return { privateKey, publicLine: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` }
}

/**
 * A new ed25519 key in OpenSSH's format (PROTOCOL.key). ssh2 has a generator too, but about one key in a hundred of its
 * making cannot be read, by itself or by others: it cuts leading zeros.
 */
export function generatePrivateKey(): string {
  const { d, x } = generateKeyPairSync("ed25519").privateKey.export({ format: "jwk" })
  const [seed, point] = [Buffer.from(d ?? "", "base64url"), Buffer.from(x ?? "", "base64url")]
  const type = field("ssh-ed25519")
  const check = randomBytes(4)
  const secret = Buffer.concat([check, check, type, field(point), field(Buffer.concat([seed, point])), field("")])
  // Padded with 1, 2, 3, … to the block size of the cipher "none".
  const padding = Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1))
  const none = field("none")
  const one = Buffer.from([0, 0, 0, 1])
  const bytes = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    none,
    none,
    field(""),
    one,
    field(Buffer.concat([type, field(point)])),
    field(Buffer.concat([secret, padding])),
  ])
  const lines = bytes.toString("base64").match(/.{1,70}/g) ?? []
  return ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n")
}

function field(content: Buffer | string): Buffer {
  const bytes = Buffer.from(content)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
