export { startDiscovery } from "./start.ts"
export { discover, targetKey, type Discovered, type DroppedTarget, type Target } from "./targets.ts"
