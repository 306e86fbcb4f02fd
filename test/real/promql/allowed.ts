import type { Answer } from "../../../packages/promql/src/promqltest/index.ts"

/** Differences to Prometheus 3 that are meant, each with its reason; see docs/guides/real-world.md. */
export function allowedOfNewer(_query: string, ours: Answer, real: Answer): string | undefined {
  if (ofOperators(ours) > ofOperators(real))
    return "of pairs that an operator does not take, Prometheus tells the last one only"
  return undefined
}

const ofOperators = (answer: Answer): number =>
  answer.type === "error"
    ? 0
    : [...answer.warnings, ...answer.infos].filter((text) => text.includes("for binary operator")).length
