export { checkAll, type CheckParts } from "./check.ts"
export { trafficGraph } from "./graph.ts"
