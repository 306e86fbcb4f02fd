export { Source, type SourceOptions } from "./source.ts"
export { StatusWriter, type StatusChange } from "./status.ts"
export { keyOf, repositoryKind } from "./repository.ts"
export type {
  Condition,
  InventoryEntry,
  RepositoryKey,
  RepositoryObject,
  RepositorySpec,
  RepositoryStatus,
} from "./repository.ts"
