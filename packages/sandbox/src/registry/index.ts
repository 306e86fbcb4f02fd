export type * from "./options.ts"
export { startRegistry } from "./registry.ts"
