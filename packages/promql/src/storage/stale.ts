import { highWord, lowWord } from "./bits.ts"

/** Prometheus' StaleNaN: a series that ended. JavaScript cannot tell NaNs apart, so it is kept and compared as bits. */
export const [staleLow, staleHigh] = [2, 0x7ff00000] as const

export function isStale(values: Float64Array, index: number): boolean {
  const value = values[index]
  if (value === undefined || value === value) return false
  const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2)
  return words[lowWord] === staleLow && words[highWord] === staleHigh
}
