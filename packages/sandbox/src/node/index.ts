export { NodeError } from "./node.ts"
export type * from "./node.ts"
export { startNode } from "./start-node.ts"
