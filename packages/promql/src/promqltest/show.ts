import type { QueryResult } from "../engine/engine.ts"
import { formatValue } from "../format.ts"
import { printTestHistogram } from "../histogram/test-form.ts"
import type { FloatHistogram } from "../histogram/float-histogram.ts"
import type { Expectations, Point, Times, Wording } from "./script.ts"

/** What an evaluation expects, a line each, in the script's notation. */
export function shownExpectations(expected: Expectations): string[] {
  return [
    ...wordings("fail", expected.fail ?? []),
    ...wordings("warn", expected.warn),
    ...wordings("info", expected.info),
    ...(expected.noWarn ? ["no warning"] : []),
    ...(expected.noInfo ? ["no info"] : []),
    ...(expected.scalar === undefined ? [] : [formatValue(expected.scalar)]),
    ...(expected.text === undefined ? [] : [JSON.stringify(expected.text)]),
    ...expected.series.map(({ labels, points }) => `${labels.toString()} ${points.map(shownPoint).join(" ")}`),
  ]
}

/** What was answered, a line each, in the script's notation. */
export function shownResult(result: QueryResult, { start, end, step }: Times): string[] {
  return [...result.warnings, ...result.infos, ...values()]

  function values(): string[] {
    switch (result.type) {
      case "string":
        return [JSON.stringify(result.value)]
      case "scalar":
        return [shownValue(result.sample[1])]
      case "vector":
        return result.series.map(({ labels, sample }) => `${labels.toString()} ${shownValue(sample[1])}`)
      case "matrix":
        return result.series.map(({ labels, samples }) => {
          const left = new Map(samples)
          const steps: string[] = []
          for (let time = start; time <= end && left.size > 0; time += step) {
            const value = left.get(time)
            left.delete(time)
            steps.push(value === undefined ? "_" : shownValue(value))
          }
          // Those of a range vector may lie between the steps.
          const others = [...left].map(([time, value]) => `${shownValue(value)} @[${String(time)}]`)
          return `${labels.toString()} ${[...steps, ...others].join(" ")}`
        })
    }
  }
}

const wordings = (kind: string, list: readonly Wording[]): string[] => list.map(({ text }) => `${kind}: ${text}`)

const shownPoint = (point: Point): string =>
  point === undefined ? "_" : point.value === "stale" ? "stale" : shownValue(point.value)

export const shownValue = (value: number | FloatHistogram): string =>
  typeof value === "number" ? formatValue(value) : printTestHistogram(value)
