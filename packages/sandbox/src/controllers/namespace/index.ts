export { startNamespaces } from "./controller.ts"
