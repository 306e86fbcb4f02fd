export { startMetrics, type Metrics, type MetricsOptions } from "./metrics.ts"
