import { createHash, type Hash } from "node:crypto"

/** `algorithm:hex`; OCI image-spec, descriptor.md, "Digests". */
export type Digest = `${"sha256" | "sha512"}:${string}`

const shapes = { sha256: /^[a-f0-9]{64}$/, sha512: /^[a-f0-9]{128}$/ } as const

/** The algorithm and hex of a digest with a registered algorithm; undefined when it is not well formed. */
export function parseDigest(text: string): { algorithm: "sha256" | "sha512"; hex: string; digest: Digest } | undefined {
  const colon = text.indexOf(":")
  const algorithm = text.slice(0, colon)
  const hex = text.slice(colon + 1)
  if (algorithm !== "sha256" && algorithm !== "sha512") return undefined
  if (!shapes[algorithm].test(hex)) return undefined
  return { algorithm, hex, digest: `${algorithm}:${hex}` }
}

export function isDigest(text: string): text is Digest {
  return parseDigest(text) !== undefined
}

export function digestOf(content: Buffer | string, algorithm: "sha256" | "sha512" = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(content).digest("hex")}`
}

/** Computes a digest piece by piece. */
export class Digester {
  readonly #hash: Hash
  readonly #algorithm: "sha256" | "sha512"
  size = 0

  constructor(algorithm: "sha256" | "sha512" = "sha256") {
    this.#algorithm = algorithm
    this.#hash = createHash(algorithm)
  }

  update(chunk: Buffer): void {
    this.size += chunk.length
    this.#hash.update(chunk)
  }

  /** Ends the computation; may be called once. */
  digest(): Digest {
    return `${this.#algorithm}:${this.#hash.digest("hex")}`
  }
}
