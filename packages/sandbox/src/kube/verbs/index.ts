export { create, type WriteOptions } from "./create.ts"
export { type Deleted, type DeleteOptions, type Propagation, remove } from "./delete.ts"
export { list, type Listed, type ListQuery } from "./list.ts"
export {
  type Admission,
  type AdmissionRequest,
  type Caller,
  type Machinery,
  type Target,
  timestamp,
  type UserInfo,
} from "./machinery.ts"
export { generatedName } from "./names.ts"
export type { AppliedWrite, FieldValidation, ObjectModel, TrackedWrite } from "./object-model.ts"
export { patch, type PatchOptions } from "./patch.ts"
export { find, get, store } from "./stored.ts"
export { replace, update, type Written } from "./update.ts"
export { watch, type Watch, type WatchQuery } from "./watch.ts"
