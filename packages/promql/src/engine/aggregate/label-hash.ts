import type { Labels } from "../../labels.ts"

const mask = (1n << 64n) - 1n
const prime1 = BigInt("0x9e3779b185ebca87")
const prime2 = BigInt("0xc2b2ae3d27d4eb4f")
const prime3 = BigInt("0x165667b19e3779f9")
const prime4 = BigInt("0x85ebca77c2b2ae63")
const prime5 = BigInt("0x27d4eb2f165667c5")

/** A number in [0, 1] that depends on nothing but the labels, the one that Prometheus chooses by in `limit_ratio`. */
export const placeOf = (labels: Labels): number => Number(xxHash64(encoded(labels))) / 2 ** 64

/** Names and values in turn, each behind its length: a byte, or 255 and three bytes. */
function encoded(labels: Labels): Uint8Array {
  const bytes: number[] = []
  for (const text of labels.pairs.flat()) {
    const utf8 = new TextEncoder().encode(text)
    const { length } = utf8
    if (length < 255) bytes.push(length)
    else bytes.push(255, length & 255, (length >> 8) & 255, (length >> 16) & 255)
    for (const byte of utf8) bytes.push(byte)
  }
  return Uint8Array.from(bytes)
}

const rotated = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & mask
const times = (a: bigint, b: bigint): bigint => (a * b) & mask
const mixed = (into: bigint, lane: bigint): bigint => times(rotated((into + times(lane, prime2)) & mask, 31n), prime1)

/** XXH64 with seed 0 (xxHash fast digest algorithm, "XXH64 algorithm description"). */
function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer)
  const { length } = bytes
  let at = 0
  let hash = prime5
  if (length >= 32) {
    let [a, b, c, d] = [(prime1 + prime2) & mask, prime2, 0n, (mask + 1n - prime1) & mask]
    for (; at + 32 <= length; at += 32) {
      a = mixed(a, view.getBigUint64(at, true))
      b = mixed(b, view.getBigUint64(at + 8, true))
      c = mixed(c, view.getBigUint64(at + 16, true))
      d = mixed(d, view.getBigUint64(at + 24, true))
    }
    hash = (rotated(a, 1n) + rotated(b, 7n) + rotated(c, 12n) + rotated(d, 18n)) & mask
    for (const lane of [a, b, c, d]) hash = (times(hash ^ mixed(0n, lane), prime1) + prime4) & mask
  }
  hash = (hash + BigInt(length)) & mask
  for (; at + 8 <= length; at += 8)
    hash = (times(rotated(hash ^ mixed(0n, view.getBigUint64(at, true)), 27n), prime1) + prime4) & mask
  for (; at + 4 <= length; at += 4) {
    const lane = times(BigInt(view.getUint32(at, true)), prime1)
    hash = (times(rotated(hash ^ lane, 23n), prime2) + prime3) & mask
  }
  for (; at < length; at += 1) hash = times(rotated(hash ^ times(BigInt(view.getUint8(at)), prime5), 11n), prime1)
  hash = times(hash ^ (hash >> 33n), prime2)
  hash = times(hash ^ (hash >> 29n), prime3)
  return hash ^ (hash >> 32n)
}
