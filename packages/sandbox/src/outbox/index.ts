export { Outbox, type Delivery } from "./outbox.ts"
