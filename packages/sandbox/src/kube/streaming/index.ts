export { handleStreamingUpgrade, type StreamingUpgrade } from "./upgrade.ts"
