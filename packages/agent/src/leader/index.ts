export { Election } from "./election.ts"
export { leaseName, type Candidate } from "./lease.ts"
export { startStandby } from "./standby.ts"
