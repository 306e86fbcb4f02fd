export { startBuilder } from "./builder.ts"
export type * from "./options.ts"
