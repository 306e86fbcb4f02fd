/**
 * How samples stand in a block's bytes. A sample costs what is new about it: one byte for a small step, nothing at all for
 * most times, since scrapes are regular. A code begins with a byte that tells what it is:
 *
 *   00–5F        a step of −48 to 47
 *   60–7F        the same again, 1 to 32 times; while it is the last code, it counts on in place
 *   80–BF  +1    a step of 14 bits        C0–DF  +2  of 21 bits
 *   E0–EF  +3    of 28 bits               FC     +4  of 32 bits
 *   F0–F7  +n    the bits that differ from the value before, in the lowest 1 to 8 bytes
 *   F8–FB  +n    the same in the highest 1 to 4 bytes
 *   FD     +1    from here on steps count in 10^−n
 *   FF           a histogram; the code of its sum follows
 *
 * Steps are signed, by zigzag. A time's step is how much its distance from the time before differs from the distance before
 * that. A value's is its difference from the value before where both are decimals of few places, which most are: 3.14 is the
 * whole number 314 in hundredths. What is no decimal (or steps too far) is told by the bits that changed.
 */
export const code = {
  again: 0x60,
  lastAgain: 0x7f,
  two: 0x80,
  three: 0xc0,
  four: 0xe0,
  lowBits: 0xf0,
  highBits: 0xf8,
  five: 0xfc,
  scale: 0xfd,
  histogram: 0xff,
} as const

/** Values may be decimals of so many places. More would make whole numbers of what is not decimal but merely short. */
export const maxPlaces = 9

/** 10^n, exact. */
export const scales = Float64Array.from({ length: maxPlaces + 1 }, (_, places) => 10 ** places)

/** `value` in units of `1/scale` if that is a whole number that stands for exactly this value, else NaN. */
export function wholeOf(value: number, scale: number): number {
  const whole = Math.round(value * scale)
  return whole / scale === value && whole <= 2 ** 53 && whole >= -(2 ** 53) && (whole !== 0 || 1 / value > 0)
    ? whole
    : Number.NaN
}
