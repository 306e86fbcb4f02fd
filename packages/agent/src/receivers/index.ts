export { startReceivers } from "./server.ts"
