export { checkAll, type CheckParts } from "./check.ts"
export { trafficGraph } from "./graph.ts"
export { checkHooks } from "./hooks.ts"
export { checkConnected, checkStanding } from "./standing.ts"
