import { formatShort } from "../../format.ts"
import { PromqlError } from "../query-error.ts"
import type { Telling } from "../told.ts"

/** The smallest and largest value of a parameter over all steps; NaN if it is that anywhere. */
function extremes(parameter: Float64Array): { least: number; greatest: number } {
  let [least, greatest] = [Number.MAX_VALUE, -Number.MAX_VALUE]
  for (const value of parameter) {
    least = Math.min(least, value)
    greatest = Math.max(greatest, value)
  }
  return { least, greatest }
}

/** Of `topk` and the like: how many series at each step, none where there is not even one anywhere. Throws PromqlError. */
export function seriesCounts(parameter: Float64Array): Float64Array | undefined {
  const { least, greatest } = extremes(parameter)
  if (greatest < 1) return undefined
  if (Number.isNaN(greatest)) throw new PromqlError("execution", "Parameter value is NaN")
  if (least <= -(2 ** 63)) throw new PromqlError("execution", `Scalar value ${formatShort(least)} underflows int64`)
  if (greatest >= 2 ** 63 - 1024)
    throw new PromqlError("execution", `Scalar value ${formatShort(greatest)} overflows int64`)
  return parameter.map(Math.trunc)
}

/** Of `limit_ratio`: within −1 to 1. Throws PromqlError. */
export function ratios(parameter: Float64Array, told: Telling): Float64Array | undefined {
  const { least, greatest } = extremes(parameter)
  if (least === 0 && greatest === 0) return undefined
  if (Number.isNaN(greatest)) throw new PromqlError("execution", "Ratio value is NaN")
  if (greatest > 1) told.invalidRatio(greatest, 1)
  if (least < -1) told.invalidRatio(least, -1)
  return parameter.map((ratio) => Math.max(-1, Math.min(1, ratio)))
}

export function warnOfQuantiles(parameter: Float64Array, told: Telling): void {
  const { least, greatest } = extremes(parameter)
  if (Number.isNaN(greatest)) told.invalidQuantile(Number.NaN)
  if (greatest > 1) told.invalidQuantile(greatest)
  if (least < 0) told.invalidQuantile(least)
}
