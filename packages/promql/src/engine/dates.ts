import type { InstantFunction } from "./call-context.ts"
import { fullColumn, put, timeAt, vectorOf, float } from "./grid.ts"
import { Labels } from "../labels.ts"
import { mapFloats } from "./per-sample.ts"
import { unnamedColumn } from "./names.ts"

/** Parts of a Unix time, in UTC. */
const parts: ReadonlyMap<string, (date: Date) => number> = new Map<string, (date: Date) => number>([
  ["minute", (date) => date.getUTCMinutes()],
  ["hour", (date) => date.getUTCHours()],
  ["day_of_week", (date) => date.getUTCDay()],
  ["day_of_month", (date) => date.getUTCDate()],
  ["day_of_year", (date) => (startOfDay(date) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000 + 1],
  ["days_in_month", (date) => new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 0)).getUTCDate()],
  ["month", (date) => date.getUTCMonth() + 1],
  ["year", (date) => date.getUTCFullYear()],
])

const startOfDay = (date: Date): number => Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate())

/** `minute(v)`, `month()` and the like; without an argument, of the evaluated time. */
export const dateFunctions: ReadonlyMap<string, InstantFunction> = new Map(
  [...parts].map(([name, part]): [string, InstantFunction] => [
    name,
    (_call, [vector], context) => {
      // Whole seconds, as Prometheus takes them.
      const of = (seconds: number): number => part(new Date(Math.trunc(seconds) * 1000))
      const { grid } = context
      if (vector === undefined) {
        const values = Float64Array.from({ length: grid.count }, (_, step) => of(Math.floor(timeAt(grid, step) / 1000)))
        return { kind: "vector", columns: [fullColumn(Labels.empty, values)] }
      }
      const columns = mapFloats(vectorOf(vector), (column) => {
        const result = unnamedColumn(column, context)
        for (let step = 0; step < grid.count; step += 1)
          if (column.present[step] === float) put(result, step, of(column.values[step] as number))
        return result
      })
      return { kind: "vector", columns }
    },
  ]),
)
