export { CountingRecorder, type EventRecorder } from "./recorder.ts"
export { SchedulingRecorder } from "./scheduling-recorder.ts"
