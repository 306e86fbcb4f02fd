export type { CommitMessage, Edit, EditResult, FileChange, Tree } from "./edit.ts"
export { diffChanges, unifiedDiff } from "./diff.ts"
export { Draft } from "./draft.ts"
export { locate, locateAll, type Located, type LocateResult, type ObjectName } from "./locate.ts"
export { valueAt, type Path } from "./path.ts"
export type { ScalarValue } from "./scalar.ts"
export {
  canaryPercent,
  readRoute,
  weightsFor,
  type RouteQuery,
  type RouteResult,
  type RouteWeights,
} from "./virtual-service.ts"
export { annotationsOf, containersOf, replicasOf, workloadKinds, workloadName, type Container } from "./workload.ts"
