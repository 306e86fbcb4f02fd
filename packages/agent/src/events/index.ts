export { EventStream, type EventStreamOptions, type NewEvent } from "./stream.ts"
