/** A double's bits as two words, for what numbers alone cannot say: which NaN it is, and which zero. */
const littleEndian = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1

/** Where the words of the double at index `i` are in a Uint32Array over the same memory: at `2·i + lowWord` and `2·i + highWord`. */
export const [lowWord, highWord] = littleEndian ? ([0, 1] as const) : ([1, 0] as const)

/** The same memory as words. */
export const wordsOf = (values: Float64Array): Uint32Array =>
  new Uint32Array(values.buffer, values.byteOffset, values.length * 2)

const double = new Float64Array(1)
const words = wordsOf(double)

export function doubleOf(low: number, high: number): number {
  words[lowWord] = low
  words[highWord] = high
  return double[0] ?? 0
}

export function lowOf(value: number): number {
  double[0] = value
  return words[lowWord] ?? 0
}

export function highOf(value: number): number {
  double[0] = value
  return words[highWord] ?? 0
}
