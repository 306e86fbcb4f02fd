export { historyOf } from "./history.ts"
