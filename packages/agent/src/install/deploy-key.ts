import { generateKeyPairSync, randomBytes } from "node:crypto"

export interface DeployKey {
  /** PEM, "OPENSSH PRIVATE KEY". */
  readonly identity: string
  /** `ssh-ed25519 AAAA… comment` */
  readonly publicKey: string
}

/** A new ed25519 key in the formats that OpenSSH reads (PROTOCOL.key; RFC 8709 for the public part). */
export function makeDeployKey(comment: string): DeployKey {
  const { privateKey } = generateKeyPairSync("ed25519")
  const jwk = privateKey.export({ format: "jwk" })
  const seed = Buffer.from(jwk.d ?? "", "base64url")
  const point = Buffer.from(jwk.x ?? "", "base64url")
  const blob = Buffer.concat([field("ssh-ed25519"), field(point)])
  const check = randomBytes(4)
  const secret = Buffer.concat([
    check,
    check,
    field("ssh-ed25519"),
    field(point),
    field(Buffer.concat([seed, point])),
    field(comment),
  ])
  const padded = Buffer.concat([
    secret,
    Buffer.from(Array.from({ length: (8 - (secret.length % 8)) % 8 }, (_, index) => index + 1)),
  ])
  const file = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    field("none"),
    field("none"),
    field(""),
    uint32(1),
    field(blob),
    field(padded),
  ])
  const lines = file.toString("base64").match(/.{1,70}/g) ?? []
  return {
    identity: ["-----BEGIN OPENSSH PRIVATE KEY-----", ...lines, "-----END OPENSSH PRIVATE KEY-----", ""].join("\n"),
    publicKey: `ssh-ed25519 ${blob.toString("base64")} ${comment}`,
  }
}

/** Length-prefixed bytes (RFC 4251, section 5, "string"). */
function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
