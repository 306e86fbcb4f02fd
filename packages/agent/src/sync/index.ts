export { Sync, type SyncOptions } from "./sync.ts"
