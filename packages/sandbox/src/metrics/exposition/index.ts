export {
  loadOpenMetrics,
  parseExposition,
  type ExposedSample,
  type Exposition,
  type MetricMetadata,
} from "./exposition.ts"
export { parseProtobuf } from "./protobuf.ts"
export { withNativeHistograms } from "./native-histograms.ts"
export { SeriesTexts } from "./series-texts.ts"
