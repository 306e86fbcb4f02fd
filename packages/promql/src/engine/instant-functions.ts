import { Labels } from "../labels.ts"
import { absentLabels, absentWhere } from "./absent.ts"
import type { InstantFunction } from "./call-context.ts"
import { dateFunctions } from "./dates.ts"
import { float, fullColumn, has, put, scalarOf, timeAt, vectorOf, type Column } from "./grid.ts"
import { absent } from "./grid.ts"
import { histogramFunctions } from "./histogram-functions.ts"
import { info } from "./info.ts"
import { labelFunctions } from "./label-functions.ts"
import { unnamedColumn } from "./names.ts"
import { greatest, least } from "./per-sample.ts"
import { sortingFunctions } from "./sorting.ts"

const time: InstantFunction = (_call, _args, { grid }) => ({
  kind: "scalar",
  values: Float64Array.from({ length: grid.count }, (_, step) => timeAt(grid, step) / 1000),
})

const vector: InstantFunction = (_call, [scalar], { grid }) => ({
  kind: "vector",
  columns: [fullColumn(Labels.empty, scalarOf(scalar, grid))],
})

/** The value where there is one float, NaN where there are none or several. */
const scalar: InstantFunction = (_call, [of], { grid }) => {
  const columns = vectorOf(of)
  return { kind: "scalar", values: Float64Array.from({ length: grid.count }, (_, step) => onlyFloat(columns, step)) }
}

function onlyFloat(columns: readonly Column[], step: number): number {
  const here = columns.filter(({ present }) => present[step] === float)
  return here.length === 1 ? (here[0]?.values[step] ?? Number.NaN) : Number.NaN
}

/** Of what is no selector any more, the evaluated time. */
const timestamp: InstantFunction = (_call, [of], context) => {
  const columns = vectorOf(of).map((column) => {
    const result = unnamedColumn(column, context)
    for (let step = 0; step < context.grid.count; step += 1)
      if (column.present[step] !== absent) put(result, step, timeAt(context.grid, step) / 1000)
    return result
  })
  return { kind: "vector", columns: columns.filter(has) }
}

const extremeOf =
  (choose: (a: number, b: number) => number): InstantFunction =>
  (_call, [left, right], { grid }) => {
    const other = scalarOf(right, grid)
    return { kind: "scalar", values: scalarOf(left, grid).map((value, step) => choose(value, other[step] as number)) }
  }

/** By name: functions without a range among their arguments, but for those of one float at a time (see `perSample`). */
export const instantFunctions: ReadonlyMap<string, InstantFunction> = new Map<string, InstantFunction>([
  ...dateFunctions,
  ...histogramFunctions,
  ...labelFunctions,
  ...sortingFunctions,
  ["time", time],
  ["vector", vector],
  ["scalar", scalar],
  ["info", info],
  ["timestamp", timestamp],
  // Samples have no start times here.
  ["start_timestamp", () => ({ kind: "vector", columns: [] })],
  ["min_of", extremeOf(least)],
  ["max_of", extremeOf(greatest)],
  [
    "absent",
    ({ args: [arg] }, [of], { grid }) => ({
      kind: "vector",
      columns: absentWhere(arg ? absentLabels(arg) : Labels.empty, vectorOf(of), grid.count),
    }),
  ],
])
