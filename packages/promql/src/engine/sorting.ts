import type { Labels } from "../labels.ts"
import type { InstantFunction } from "./call-context.ts"
import { absent, float, textOf, vectorOf, type Column } from "./grid.ts"
import { compareNaturally } from "./natural-order.ts"

/** By value at the last step, NaN last; histograms have no place in an order. */
const byValue =
  (direction: 1 | -1): InstantFunction =>
  (_call, [vector], { grid }) => {
    const last = grid.count - 1
    const value = ({ values }: Column): number => values[last] ?? Number.NaN
    const columns = vectorOf(vector)
      .map(floatsOf)
      .filter(({ present }) => present.includes(float))
    return {
      kind: "vector",
      columns: columns.sort((a, b) =>
        Number.isNaN(value(a)) ? 1 : Number.isNaN(value(b)) ? -1 : direction * (value(a) - value(b)),
      ),
    }
  }

/** A column without its histograms. */
const floatsOf = (column: Column): Column =>
  column.histograms === undefined
    ? column
    : {
        labels: column.labels,
        ...(column.nameless === undefined ? {} : { nameless: column.nameless }),
        values: column.values,
        present: column.present.map((kind) => (kind === float ? float : absent)),
      }

const byLabel =
  (direction: 1 | -1): InstantFunction =>
  (_call, [vector, ...names]) => ({
    kind: "vector",
    columns: [...vectorOf(vector)].sort((a, b) => {
      for (const name of names.map(textOf)) {
        const order = compareNaturally(a.labels.get(name), b.labels.get(name))
        if (order !== 0) return direction * order
      }
      return direction * compareLabels(a.labels, b.labels)
    }),
  })

/** Label by label, names before values, as Prometheus orders series. */
export function compareLabels(a: Labels, b: Labels): number {
  for (const [index, [name, value]] of a.pairs.entries()) {
    const [otherName, otherValue] = b.pairs[index] ?? []
    if (otherName === undefined || otherValue === undefined) return 1
    if (name !== otherName) return name < otherName ? -1 : 1
    if (value !== otherValue) return value < otherValue ? -1 : 1
  }
  return a.pairs.length - b.pairs.length
}

const sorted: ReadonlyMap<string, InstantFunction> = new Map([
  ["sort", byValue(1)],
  ["sort_desc", byValue(-1)],
  ["sort_by_label", byLabel(1)],
  ["sort_by_label_desc", byLabel(-1)],
])

/** The sorting functions. The answer of a range query is always ordered by labels, which is told. */
export const sortingFunctions: ReadonlyMap<string, InstantFunction> = new Map(
  [...sorted].map(([name, sort]): [string, InstantFunction] => [
    name,
    (call, args, context) => {
      if (context.grid.count > 1)
        context.annotations.add(
          "warning",
          "sort is ineffective for range queries since results are always ordered by labels",
          call,
        )
      return sort(call, args, context)
    },
  ]),
)
