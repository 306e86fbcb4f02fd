export {
  Engine,
  type EngineOptions,
  type QueryResult,
  type QueryValue,
  type Sample,
  type Told,
} from "./engine/engine.ts"
export { PromqlError } from "./engine/query-error.ts"
export { formatValue } from "./format.ts"
export type { Buckets, FloatHistogram, ResetHint } from "./histogram/float-histogram.ts"
export { add, divide, multiply, negate, subtract } from "./histogram/arithmetic.ts"
export { detectReset } from "./histogram/detect-reset.ts"
export { almostEqual, almostSameNumber, equal } from "./histogram/equal.ts"
export { fromClassic, type ClassicHistogram } from "./histogram/from-classic.ts"
export { histogramJson, type HistogramJson } from "./histogram/json.ts"
export { formatHistogram } from "./histogram/print.ts"
export { parseTestHistogram, printTestHistogram, type TestHistogram } from "./histogram/test-form.ts"
export { Labels } from "./labels.ts"
export type { Expr, Matcher } from "./parser/ast.ts"
export { formatDuration, parseDuration } from "./parser/duration.ts"
export { PromqlParseError, type Position } from "./parser/parse-error.ts"
export { prettify, print } from "./parser/print.ts"
export { parse, parseSelector } from "./parser/parser.ts"
export { anchored, RegexpError, searched } from "./parser/regexp.ts"
export { matcherTest } from "./storage/matcher-test.ts"
export { MemoryStorage } from "./storage/memory-storage.ts"
export { isStale } from "./storage/stale.ts"
export type { Samples, Storage, StoredSeries } from "./storage/storage.ts"
