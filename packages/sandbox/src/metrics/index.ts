export { loadOpenMetrics } from "./exposition.ts"
export { startMetrics, type Metrics, type MetricsOptions } from "./metrics.ts"
export type { Dial } from "./http-get.ts"
