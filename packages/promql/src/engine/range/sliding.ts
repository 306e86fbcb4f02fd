import { float } from "../grid.ts"
import type { Kernel, Windows } from "./windows.ts"

/*
 * Windows overlap, so their sums and extremes are not begun anew for each: the samples up to a mark are folded from the mark
 * backwards, those behind it forwards, and a window is one of the former and the latter together. Once a window begins behind
 * the mark, its end becomes the mark. Each sample is so read twice, however long the windows are.
 */

/** Whether the windows have so much in common that this is worth it. */
export function overlap({ first, last, count }: Windows, length: number): boolean {
  let total = 0
  for (let index = 0; index < count; index += 1) total += (last[index] as number) - (first[index] as number)
  return total > 4 * length
}

/** Sums in two parts, the second one what rounding lost of the first; divided by how many there are for averages. */
export const slidingSum =
  (average: boolean): Kernel =>
  ({ values }, { first, last, count }, _parameters, column) => {
    const sums = new Float64Array(values.length)
    const losses = new Float64Array(values.length)
    let mark = 0
    let end = 0
    let sum = 0
    let lost = 0
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = last[index] as number
      if (to === from) continue
      if (from >= mark) {
        mark = to
        end = to
        sum = 0
        lost = 0
        let backSum = 0
        let backLost = 0
        for (let at = to - 1; at >= from; at -= 1) {
          const value = values[at] as number
          const next = backSum + value
          backLost += Math.abs(backSum) >= Math.abs(value) ? backSum - next + value : value - next + backSum
          backSum = next
          sums[at] = backSum
          losses[at] = backLost
        }
      }
      for (; end < to; end += 1) {
        const value = values[end] as number
        const next = sum + value
        lost += Math.abs(sum) >= Math.abs(value) ? sum - next + value : value - next + sum
        sum = next
      }
      const back = sums[from] as number
      const whole = back + sum
      const rest =
        (Math.abs(back) >= Math.abs(sum) ? back - whole + sum : sum - whole + back) + (losses[from] as number) + lost
      const length = to - from
      column.values[index] = average ? whole / length + rest / length : whole + rest
      column.present[index] = float
    }
  }

/** Greatest or least values. NaN only counts where there is nothing else. */
export const slidingExtreme =
  (sign: 1 | -1): Kernel =>
  ({ values }, { first, last, count }, _parameters, column) => {
    const extremes = new Float64Array(values.length)
    let mark = 0
    let end = 0
    let extreme = Number.NaN
    for (let index = 0; index < count; index += 1) {
      const from = first[index] as number
      const to = last[index] as number
      if (to === from) continue
      if (from >= mark) {
        mark = to
        end = to
        extreme = Number.NaN
        let back = Number.NaN
        for (let at = to - 1; at >= from; at -= 1) {
          const value = values[at] as number
          if (sign * value > sign * back || back !== back) back = value
          extremes[at] = back
        }
      }
      for (; end < to; end += 1) {
        const value = values[end] as number
        if (sign * value > sign * extreme || extreme !== extreme) extreme = value
      }
      const back = extremes[from] as number
      column.values[index] = sign * extreme > sign * back || back !== back ? extreme : back
      column.present[index] = float
    }
  }
