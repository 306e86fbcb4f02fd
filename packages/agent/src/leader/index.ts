export { Election } from "./election.ts"
export { startStandby } from "./standby.ts"
