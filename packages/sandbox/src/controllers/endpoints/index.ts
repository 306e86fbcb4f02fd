export { startEndpoints } from "./controller.ts"
