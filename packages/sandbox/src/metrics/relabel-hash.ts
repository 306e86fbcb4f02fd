import { createHash } from "node:crypto"

/** The last 8 bytes of the MD5, as a number, modulo the modulus: how Prometheus shares targets out (`hashmod`). */
export function hashModulo(value: string, modulus: number): string {
  return String(createHash("md5").update(value).digest().readBigUInt64BE(8) % BigInt(modulus))
}
