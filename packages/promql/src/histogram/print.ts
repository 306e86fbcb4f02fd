import { formatValue } from "../format.ts"
import type { FloatHistogram } from "./float-histogram.ts"

/** As Prometheus prints one where a value is text: `{count:3, sum:5}`. */
export const formatHistogram = ({ count, sum }: FloatHistogram): string =>
  `{count:${formatValue(count)}, sum:${formatValue(sum)}}`
