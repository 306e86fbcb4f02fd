import { formatShort } from "../format.ts"
import { allBuckets, type Bucket } from "./all-buckets.ts"
import type { FloatHistogram } from "./float-histogram.ts"

/** As Prometheus prints one where a value is text: `{count:3, sum:5, [-0.001,0.001]:1, (1,2]:2}`. */
export function formatHistogram(histogram: FloatHistogram): string {
  const { count, sum } = histogram
  const parts = [`count:${formatShort(count)}`, `sum:${formatShort(sum)}`, ...allBuckets(histogram).map(interval)]
  return `{${parts.join(", ")}}`
}

function interval({ lower, upper, lowerInclusive, upperInclusive, count }: Bucket): string {
  const bounds = `${formatShort(lower)},${formatShort(upper)}`
  return `${lowerInclusive ? "[" : "("}${bounds}${upperInclusive ? "]" : ")"}:${formatShort(count)}`
}
