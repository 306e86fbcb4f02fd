import type { Analysis } from "./spec.ts"
import { windowSize } from "./windows.ts"
import type { Check } from "./verdict.ts"

export interface Tally {
  readonly good: number
  readonly bad: readonly Check[]
  /** Newest check that counts. */
  readonly last: Check | undefined
  readonly outcome: "breach" | "pass" | "open"
}

/**
 * What the newest checks say together: `failures` bad ones among the last `passes + failures` break the step, `passes` good
 * ones, the newest among them, pass it. Excluded checks are as if they had not been; no data, and a weight that proxies do not
 * show, is neither good nor bad, the former unless the Canary says that it fails.
 */
export function tally(analysis: Analysis, checks: readonly Check[]): Tally {
  const counted = checks.filter((check) => check.verdict !== "excluded").slice(-windowSize(analysis))
  const isBad = (check: Check): boolean =>
    check.verdict === "bad" || (check.verdict === "no-data" && analysis.noData === "fail")
  const bad = counted.filter(isBad)
  const good = counted.filter((check) => check.verdict === "good").length
  const last = counted.at(-1)
  const passed = good >= analysis.passes && last?.verdict === "good"
  const outcome = bad.length >= analysis.failures ? "breach" : passed ? "pass" : "open"
  return { good, bad, last, outcome }
}
