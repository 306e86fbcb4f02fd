export { Outbox, type Delivery, type Letter } from "./outbox.ts"
