export { startReplicaSets } from "./controller.ts"
export { ofMatchingOwners } from "./orphans.ts"
