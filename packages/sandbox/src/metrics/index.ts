export { loadOpenMetrics } from "./exposition/index.ts"
export { startMetrics, type Metrics, type MetricsOptions } from "./metrics.ts"
export type { Dial } from "./http-get.ts"
