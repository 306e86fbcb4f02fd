export * from "./canary/index.ts"
export * from "./edit/index.ts"
export * from "./image/index.ts"
export * from "./release/index.ts"
export {
  canonicalJson,
  describeObjectId,
  describeProblem,
  formatObjectId,
  groupOf,
  isManifestPath,
  nameOf,
  objectIdOf,
  parseManifests,
  parseObjectId,
  parseYaml,
  sameJson,
} from "./manifest/index.ts"
export type {
  Manifest,
  ManifestMeta,
  ManifestProblem,
  ObjectId,
  ObjectIdParts,
  ParsedFile,
  SourceManifest,
} from "./manifest/index.ts"
export {
  appliedState,
  byWave,
  desiredObjects,
  driftOf,
  hashJson,
  healthOf,
  stuckReason,
  massPruneAnnotation,
  massPruneRefusal,
  ownerAnnotation,
  pruneVerdict,
  raisedWeights,
  recreateAnnotation,
  syncAnnotation,
  takeOver,
  waveOf,
  waves,
} from "./sync/index.ts"
export type { Applied, DesiredObject, Drift, Health, RaisedWeight, Scope, Wave } from "./sync/index.ts"
