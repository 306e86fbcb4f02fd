export { serviceAccountUser } from "./types.ts"
export type {
  ApplyOptions,
  DeleteOptions,
  Impersonation,
  Kind,
  KubeClient,
  KubeList,
  KubeObject,
  ListOptions,
  ManagedFieldsEntry,
  ObjectMeta,
  ObjectRef,
  OwnerReference,
  PatchOptions,
  ResourceInfo,
  WatchEvent,
  WatchOptions,
  WriteOptions,
} from "./types.ts"
export { KubeFailure, type KubeResult, type StatusCause } from "./failure.ts"
export { inClusterCredentials, kubeconfigCredentials, type Credentials, type InCluster } from "./credentials.ts"
export { createKubeClient, fieldManager } from "./client.ts"
export { createInformer, type InformerOptions } from "./informer.ts"
export { Secrets, type Secret, type SecretFollower, type SecretReader } from "./secrets.ts"
export type { Informer, ObjectName } from "./informer-types.ts"
