import type { Sample } from "../../../packages/promql/src/engine/engine.ts"
import type { Answer } from "../../../packages/promql/src/promqltest/index.ts"
import { difference } from "./same-answer.ts"

/** Differences to Prometheus 3 that are meant, each with its reason; see docs/guides/real-world.md. */
export function allowedOfNewer(query: string, ours: Answer, real: Answer): string | undefined {
  if (/\btimestamp\(\w+(?:\{[^}]*\})? offset [^ ]+ @/.test(query))
    return "timestamp of a selector with @ forgets the selector's offset in Prometheus"
  if (difference(ours, real, false) === undefined && ofOperators(ours) > ofOperators(real))
    return "of pairs that an operator does not take, Prometheus tells the last one only"
  return undefined
}

const ofOperators = (answer: Answer): number =>
  answer.type === "error"
    ? 0
    : [...answer.warnings, ...answer.infos].filter((text) => text.includes("for binary operator")).length

/** What Prometheus 3 does in another way than 2.42, told by the query and the answer. */
const sinceOlder: readonly { readonly why: string; readonly when: (query: string, ours: Answer) => boolean }[] = [
  {
    why: "a comparison finds two partners for one series before it filters, not after it",
    when: (query, ours) => /[<>=]/.test(query) && ours.type === "error" && ours.message.startsWith("multiple matches"),
  },
  {
    why: "a rate extrapolates no further than to half a step before a series that begins within the range",
    when: (query) => /\b(?:rate|increase)\(/.test(query),
  },
  {
    why: "predict_linear predicts from the evaluated time also where the range is fixed by @",
    when: (query) => /\bpredict_linear\(.*@/.test(query),
  },
  {
    why: "stddev, stdvar and quantile of what is not finite are not finite",
    when: (query, ours) => /\b(?:stddev|stdvar|quantile)/.test(query) && !allFinite(ours),
  },
]

/** Why an answer may differ from that of 2.42, if Prometheus 3 has the same one. */
export const changedSinceOlder = (query: string, ours: Answer): string | undefined =>
  sinceOlder.find(({ when }) => when(query, ours))?.why

function allFinite(answer: Answer): boolean {
  const finite = ([, value]: Sample) => typeof value !== "number" || Number.isFinite(value)
  switch (answer.type) {
    case "vector":
      return answer.series.every(({ sample }) => finite(sample))
    case "matrix":
      return answer.series.every(({ samples }) => samples.every(finite))
    default:
      return true
  }
}
