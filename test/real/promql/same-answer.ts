import type { QueryResult, Sample } from "../../../packages/promql/src/engine/engine.ts"
import { almostEqual, almostSameNumber } from "../../../packages/promql/src/histogram/equal.ts"
import type { FloatHistogram } from "../../../packages/promql/src/histogram/float-histogram.ts"
import { shownResult, type Answer } from "../../../packages/promql/src/promqltest/index.ts"

const relative = 1e-6
/** All data is far larger: what is left of a difference that should be 0. */
const absolute = 1e-9

/** What tells two answers apart; undefined when nothing does. */
export function difference(ours: Answer, real: Answer, compareTold: boolean): string | undefined {
  if (ours.type === "error" || real.type === "error") {
    const kind = (answer: Answer) =>
      answer.type === "error" ? `error (${answer.kind}): ${answer.message}` : "an answer"
    const same = ours.type === real.type && ours.type === "error" && real.type === "error" && ours.kind === real.kind
    return same ? undefined : `${kind(ours)} instead of ${kind(real)}`
  }
  if (ours.type !== real.type) return `${ours.type} instead of ${real.type}`
  if (ours.type === "string" && real.type === "string" && ours.value !== real.value) return "another text"
  const [mine, other] = [samplesOf(ours), samplesOf(real)]
  for (const [key, samples] of other) {
    const theirs = mine.get(key)
    if (theirs === undefined) return `no series ${key}`
    if (theirs.length !== samples.length)
      return `${String(theirs.length)} samples of ${key} instead of ${String(samples.length)}`
    for (const [index, sample] of samples.entries())
      if (!sameSample(theirs[index], sample)) return `another value of ${key}`
  }
  for (const key of mine.keys()) if (!other.has(key)) return `series ${key} more`
  if (!compareTold) return undefined
  const told = ({ warnings, infos }: QueryResult) => [...warnings, ...infos].map(rounded).sort().join("; ")
  return told(ours) === told(real) ? undefined : `told "${told(ours)}" instead of "${told(real)}"`
}

/** Whether the answers have the same values at the same times, whichever series they are of. Histograms are not looked at. */
export function sameValues(ours: Answer, real: Answer): boolean {
  if (ours.type === "error" || real.type === "error") return false
  const [mine, other] = [inOrder(ours), inOrder(real)]
  return mine.length === other.length && other.every((sample, index) => sameSample(mine[index], sample))
}

/** By time, then by value, NaN last. */
function inOrder(answer: QueryResult): Sample[] {
  const place = (value: Sample[1]): number => (typeof value === "number" && !Number.isNaN(value) ? value : Infinity)
  const order = (a: number, b: number): number => (a < b ? -1 : a > b ? 1 : 0)
  return [...samplesOf(answer).values()].flat().sort((a, b) => a[0] - b[0] || order(place(a[1]), place(b[1])))
}

/** Values in texts may differ in their last digits, as samples may. */
const rounded = (text: string): string => text.replace(/\d+\.\d{6,}/g, (number) => Number(number).toPrecision(6))

function samplesOf(answer: QueryResult): Map<string, readonly Sample[]> {
  switch (answer.type) {
    case "string":
      return new Map()
    case "scalar":
      return new Map([["scalar", [answer.sample]]])
    case "vector":
      return new Map(answer.series.map(({ labels, sample }) => [labels.toString(), [sample]]))
    case "matrix":
      return new Map(answer.series.map(({ labels, samples }) => [labels.toString(), samples]))
  }
}

function sameSample(a: Sample | undefined, b: Sample): boolean {
  if (a === undefined || a[0] !== b[0]) return false
  const [ours, real] = [a[1], b[1]]
  if (typeof ours === "object" || typeof real === "object") {
    return typeof ours === "object" && typeof real === "object" && sameHistogram(ours, real)
  }
  return almostSameNumber(ours, real, relative) || Math.abs(ours - real) < absolute
}

/** Times NaN, an empty bucket is one of NaN; which ones Prometheus has depends on the samples before. */
const sameHistogram = (ours: FloatHistogram, real: FloatHistogram): boolean =>
  (Number.isNaN(ours.count) && Number.isNaN(real.count)) || almostEqual(ours, real, relative)

/** An answer in a few lines. */
export function shownAnswer(
  answer: Answer,
  question: { readonly start: number; readonly end?: number; readonly step?: number },
): string[] {
  if (answer.type === "error") return [`error (${answer.kind}): ${answer.message}`]
  const { start, end = start, step = 1 } = question
  const lines = shownResult(answer, { start, end, step })
  const most = 4
  return lines.length > most ? [...lines.slice(0, most), `… ${String(lines.length - most)} more`] : lines
}
