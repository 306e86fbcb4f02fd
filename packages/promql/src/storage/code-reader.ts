import { highWord, lowWord } from "./bits.ts"
import { code, scales, wholeOf } from "./code.ts"

// The codes are said in code.ts. Both loops are where a query's reading time goes: no calls, no objects.

/** Reads `count` times (at least one) downwards from `at`, the first of them known, into `times` from `index` on. */
export function readTimes(
  bytes: Uint8Array,
  at: number,
  count: number,
  first: number,
  times: Float64Array,
  index: number,
): void {
  const end = index + count
  let time = first
  let distance = 0
  times[index] = first
  let next = index + 1
  while (next < end) {
    at -= 1
    const byte = bytes[at] ?? 0
    let zigzag = byte
    if (byte >= code.again) {
      if (byte < code.two) {
        const stop = next + byte - code.again + 1
        for (; next < stop; next += 1) {
          time += distance
          times[next] = time
        }
        continue
      }
      if (byte < code.three) {
        at -= 1
        zigzag = ((byte & 0x3f) << 8) | (bytes[at] ?? 0)
      } else if (byte < code.four) {
        at -= 2
        zigzag = ((byte & 0x1f) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at] ?? 0)
      } else {
        zigzag = byte === code.five ? 0 : byte & 0x0f
        for (let rest = byte === code.five ? 4 : 3; rest > 0; rest -= 1) {
          at -= 1
          zigzag = (zigzag << 8) | (bytes[at] ?? 0)
        }
      }
    }
    distance += (zigzag >>> 1) ^ -(zigzag & 1)
    time += distance
    times[next] = time
    next += 1
  }
}

/**
 * Reads `count` values from `at` on into `values` from `index` on; `words` is the same memory. Answers the indexes of those that
 * are histograms' sums; undefined if none is.
 */
export function readValues(
  bytes: Uint8Array,
  at: number,
  count: number,
  values: Float64Array,
  words: Uint32Array,
  index: number,
): number[] | undefined {
  const end = index + count
  let marked: number[] | undefined
  let value = 0
  let whole = 0
  let scale = 1
  let places = 0
  let next = index
  while (next < end) {
    const byte = bytes[at] ?? 0
    at += 1
    let zigzag = byte
    if (byte >= code.again) {
      if (byte < code.two) {
        const stop = next + byte - code.again + 1
        if (value === value) for (; next < stop; next += 1) values[next] = value
        else for (; next < stop; next += 1) copyBits(words, next)
        continue
      }
      if (byte < code.three) {
        zigzag = ((byte & 0x3f) << 8) | (bytes[at] ?? 0)
        at += 1
      } else if (byte < code.four) {
        zigzag = ((byte & 0x1f) << 16) | ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0)
        at += 2
      } else if (byte < code.lowBits) {
        zigzag = ((byte & 0x0f) << 24) | ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
        at += 3
      } else if (byte < code.five) {
        at = readBits(bytes, at, byte, words, next, next > index)
        value = values[next] ?? 0
        const jumped = wholeOf(value, scale)
        if (jumped === jumped) whole = jumped
        next += 1
        continue
      } else if (byte === code.five) {
        zigzag = 0
        for (const stop = at + 4; at < stop; at += 1) zigzag = (zigzag << 8) | (bytes[at] ?? 0)
      } else if (byte === code.scale) {
        const raised = bytes[at] ?? 0
        at += 1
        whole *= scales[raised - places] ?? 1
        places = raised
        scale = scales[places] ?? 1
        continue
      } else {
        marked ??= []
        marked.push(next)
        continue
      }
    }
    whole += (zigzag >>> 1) ^ -(zigzag & 1)
    value = whole / scale
    values[next] = value
    next += 1
  }
  return marked
}

/** Copied as bits: a NaN that passes through a number may come out as another one. */
function copyBits(words: Uint32Array, index: number): void {
  words[index * 2] = words[index * 2 - 2] ?? 0
  words[index * 2 + 1] = words[index * 2 - 1] ?? 0
}

/** Sets the value at `index` by the bits that changed; answers where the next code is. */
function readBits(
  bytes: Uint8Array,
  at: number,
  byte: number,
  words: Uint32Array,
  index: number,
  follows: boolean,
): number {
  let [low, high] = [0, 0]
  if (byte >= code.highBits) {
    const count = byte - code.highBits + 1
    for (const stop = at + count; at < stop; at += 1) high = (high << 8) | (bytes[at] ?? 0)
    high <<= (4 - count) * 8
  } else {
    const count = byte - code.lowBits + 1
    const stop = at + count
    for (; at < stop - 4; at += 1) high = (high << 8) | (bytes[at] ?? 0)
    for (; at < stop; at += 1) low = (low << 8) | (bytes[at] ?? 0)
  }
  const before = index * 2 - 2
  words[index * 2 + lowWord] = low ^ (follows ? (words[before + lowWord] ?? 0) : 0)
  words[index * 2 + highWord] = high ^ (follows ? (words[before + highWord] ?? 0) : 0)
  return at
}
