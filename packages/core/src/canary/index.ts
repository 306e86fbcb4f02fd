export { witness } from "./remember.ts"
export { expectedCanary, fingerprint, handOf, type Hand } from "./seal.ts"
export { command, type CanaryCommand, type CanaryVerb, type CommandResult } from "./commands.ts"
export { canaryCrd, deliveryCrd } from "./crd.ts"
export { decide } from "./decide.ts"
export {
  parseDelivery,
  parseDeliveryStatus,
  PHASES,
  type Delivery,
  type DeliveryStatus,
  type Hold,
  type Phase,
  type Rejected,
} from "./delivery.ts"
export { describeDuration, parseDuration } from "./duration.ts"
export {
  findIn,
  markOf,
  parseMark,
  PROTECTED_ANNOTATION,
  protectedHash,
  protectedObject,
  protectOf,
  stillProtected,
  type ProtectedMark,
} from "./protect.ts"
export {
  bucketsQuery,
  customQuery,
  errorsQuery,
  requestsQuery,
  shownQuery,
  type BucketsQuery,
  type Target,
} from "./queries.ts"
export * from "./hooks/index.ts"
export { highestState } from "./recall.ts"
export { rejectedAs } from "./roll-back.ts"
export {
  deliveryName,
  readRollout,
  readRolloutFrom,
  type CanaryRef,
  type Find,
  type Rollout,
  type RolloutResult,
} from "./rollout.ts"
export { isDeserted, isLive, type Decision, type Live, type Situation, type WorkloadLive } from "./situation.ts"
export { parseCanarySpec, type Analysis, type CanarySpec, type Metric, type SpecResult, type Step } from "./spec.ts"
export { otherWeights, shareOf, weightBefore, type Shift, type Split } from "./split.ts"
export type { Bucket } from "./statistics.ts"
export {
  describeLimit,
  judgeMetric,
  judgeWindow,
  type Check,
  type Followed,
  type Measured,
  type MetricVerdict,
} from "./verdict.ts"
export { dueWindows, isDisturbed, type Window } from "./windows.ts"
