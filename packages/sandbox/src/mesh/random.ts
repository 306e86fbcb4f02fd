/**
 * A seeded generator of numbers in [0, 1), xoshiro128** (Blackman and Vigna), for the picks that Envoy makes at random:
 * with the same seed the same requests go to the same places. The state is filled by splitmix32, so that neighbouring
 * seeds give unrelated sequences.
 */
export function seededRandom(seed: number): () => number {
  let filler = seed >>> 0
  const next32 = (): number => {
    filler = (filler + 0x9e3779b9) >>> 0
    let z = filler
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
    return (z ^ (z >>> 15)) >>> 0
  }
  let [a, b, c, d] = [next32(), next32(), next32(), next32()]
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = rotate(d, 11)
    return result / 2 ** 32
  }
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by))
}
