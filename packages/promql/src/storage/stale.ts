/** Prometheus' StaleNaN: a series that ended. JavaScript cannot tell NaNs apart, so it is kept and compared as bits. */
const low = 2
const high = 0x7ff00000
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Writes a stale marker at `index`. */
export function markStale(values: Float64Array, index: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2)
  words[littleEndian ? 0 : 1] = low
  words[littleEndian ? 1 : 0] = high
}

export function isStale(values: Float64Array, index: number): boolean {
  const value = values[index]
  if (value === undefined || value === value) return false
  const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2)
  return words[littleEndian ? 0 : 1] === low && words[littleEndian ? 1 : 0] === high
}
