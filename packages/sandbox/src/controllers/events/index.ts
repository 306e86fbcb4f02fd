export { EventRecorder } from "./recorder.ts"
