import type { Answer } from "../../../packages/promql/src/promqltest/index.ts"
import { shownValue } from "../../../packages/promql/src/promqltest/index.ts"

const dates = /\b(?:minute|hour|day_of_month|day_of_week|day_of_year|days_in_month|month|year)\(/

/** Differences to Prometheus 3 that are meant, each with its reason; see docs/reference/promql.md. */
export function allowedOfNewer(query: string, ours: Answer, real: Answer): string | undefined {
  // Go converts NaN to an integer as the processor does.
  if (dates.test(query) && hasNaN(ours))
    return "the date of NaN is NaN, in Prometheus that of the least or of no integer"
  if (incompatible(ours) > incompatible(real))
    return "of pairs that no operator takes, Prometheus tells the last one only"
  return undefined
}

const incompatible = (answer: Answer): number =>
  answer.type === "error" ? 0 : answer.infos.filter((text) => text.includes("incompatible sample types")).length

function hasNaN(answer: Answer): boolean {
  switch (answer.type) {
    case "vector":
      return answer.series.some(({ sample }) => shownValue(sample[1]) === "NaN")
    case "matrix":
      return answer.series.some(({ samples }) => samples.some(([, value]) => shownValue(value) === "NaN"))
    default:
      return false
  }
}
