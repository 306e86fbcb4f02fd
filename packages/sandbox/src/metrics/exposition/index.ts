export {
  loadOpenMetrics,
  parseExposition,
  type ExposedSample,
  type Exposition,
  type MetricMetadata,
} from "./exposition.ts"
export { withNativeHistograms } from "./native-histograms.ts"
