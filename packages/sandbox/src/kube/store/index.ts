export type { Change } from "./history.ts"
export { type Snapshot } from "./collection.ts"
export { Store, keyOf } from "./store.ts"
