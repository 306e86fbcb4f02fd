export { startAccounts } from "./controller.ts"
