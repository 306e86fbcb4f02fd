import { doubleOf } from "./bits.ts"
import { code, maxPlaces, scales, wholeOf } from "./code.ts"

/** The longest code of a sample's value: a histogram's mark, a scale, eight bytes of bits. */
const longest = 12

/** Codes one sample into `bytes`, of which `length` are written; `again` if it is what the sample before was. */
class CodeWriter {
  readonly bytes = new Uint8Array(longest)
  length = 0
  again = false

  protected put(byte: number): void {
    this.bytes[this.length] = byte
    this.length += 1
  }

  /** Answers false, and writes nothing, when the step is too far for a code. */
  protected putStep(step: number): boolean {
    const zigzag = step >= 0 ? step * 2 : -step * 2 - 1
    if (zigzag < code.again) this.put(zigzag)
    else if (zigzag < 1 << 14) {
      this.put(code.two | (zigzag >>> 8))
      this.put(zigzag)
    } else if (zigzag < 1 << 21) {
      this.put(code.three | (zigzag >>> 16))
      this.put(zigzag >>> 8)
      this.put(zigzag)
    } else if (zigzag < 1 << 28) {
      this.put(code.four | (zigzag >>> 24))
      this.putLow(zigzag, 3)
    } else if (zigzag < 2 ** 32) {
      this.put(code.five)
      this.putLow(zigzag, 4)
    } else return false
    return true
  }

  /** The lowest `count` bytes of a word, highest first. */
  protected putLow(word: number, count: number): void {
    for (let shift = (count - 1) * 8; shift >= 0; shift -= 8) this.put((word >>> shift) & 0xff)
  }
}

/** The state is what came before: set it, write, and read it again. */
export class TimeWriter extends CodeWriter {
  time = 0
  distance = 0

  /** Answers false when the time is too far away for this block. */
  write(time: number): boolean {
    this.length = 0
    const distance = time - this.time
    const step = distance - this.distance
    this.again = step === 0
    if (this.again) this.put(code.again)
    else if (!this.putStep(step)) return false
    this.time = time
    this.distance = distance
    return true
  }
}

export class ValueWriter extends CodeWriter {
  /** The value before, as bits. */
  low = 0
  high = 0
  /** The last value that was a decimal of `places`, in units of 10^−places. */
  whole = 0
  places = 0

  write(low: number, high: number, histogram: boolean): void {
    this.length = 0
    this.again = low === this.low && high === this.high && !histogram
    if (histogram) this.put(code.histogram)
    if (low === this.low && high === this.high) this.put(code.again)
    else if (!this.#putDecimal(doubleOf(low, high))) this.#putBits(low, high)
    this.low = low
    this.high = high
  }

  #putDecimal(value: number): boolean {
    if (value - value !== 0) return false
    const begin = this.length
    for (let places = this.places; places <= maxPlaces; places += 1) {
      const whole = wholeOf(value, scales[places] ?? 1)
      if (whole !== whole) continue
      const raise = (scales[places] ?? 1) / (scales[this.places] ?? 1)
      const last = this.whole * raise
      if (places > this.places) {
        if (Math.abs(last) > 2 ** 53) return false
        this.put(code.scale)
        this.put(places)
      }
      if (!this.putStep(whole - last)) {
        this.length = begin
        return false
      }
      this.whole = whole
      this.places = places
      return true
    }
    return false
  }

  #putBits(low: number, high: number): void {
    const [lowChange, highChange] = [(low ^ this.low) >>> 0, (high ^ this.high) >>> 0]
    const value = doubleOf(low, high)
    const whole = wholeOf(value, scales[this.places] ?? 1)
    // The reader does the same: after a far jump steps are counted from where it led to.
    if (whole === whole) this.whole = whole
    if (lowChange === 0) {
      // Its lowest bytes are left out, so the highest of them come first.
      const count = 4 - Math.min(3, trailingZeroBytes(highChange))
      this.put(code.highBits + count - 1)
      this.putLow(highChange >>> ((4 - count) * 8), count)
      return
    }
    const count = highChange === 0 ? 4 - (Math.clz32(lowChange) >>> 3) : 8 - (Math.clz32(highChange) >>> 3)
    this.put(code.lowBits + count - 1)
    if (count > 4) this.putLow(highChange, count - 4)
    this.putLow(lowChange, Math.min(4, count))
  }
}

const trailingZeroBytes = (word: number): number => (31 - Math.clz32(word & -word)) >>> 3
