export { addReceivers, type ReceiverOptions } from "./receivers.ts"
