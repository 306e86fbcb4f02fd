export { type KubeApi, type KubeApiOptions, startKubeApi } from "./api.ts"
export {
  ApiError,
  type KubeClient,
  type KubeObject,
  type ListOptions,
  type PatchType,
  type ResourceRef,
  type ServedResource,
  type WatchEvent,
} from "./client.ts"
export type { ExecOptions, ExecSession, LogOptions, NodeBackend, PodRef } from "./node-backend.ts"
export type { Mutator, Validator } from "./admission/index.ts"
export type { UserInfo } from "./verbs/index.ts"
export { parseQuantity } from "./schema/index.ts"
