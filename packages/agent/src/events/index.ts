export { EventStream, type EventStreamOptions, type NewEvent } from "./stream.ts"
export { writeKubernetesEvents } from "./kubernetes.ts"
