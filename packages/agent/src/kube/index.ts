export { serviceAccountUser } from "./types.ts"
export type {
  ApplyOptions,
  DeleteOptions,
  Impersonation,
  Kind,
  KubeClient,
  KubeFailure,
  KubeList,
  KubeObject,
  KubeResult,
  ListOptions,
  ManagedFieldsEntry,
  ObjectMeta,
  ObjectRef,
  OwnerReference,
  PatchOptions,
  ResourceInfo,
  StatusCause,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./types.ts"
export type { Informer, ObjectName } from "./informer-types.ts"
