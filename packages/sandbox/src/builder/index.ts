export { startBuilder } from "./builder.ts"
export type * from "./options.ts"
export { copyPrograms } from "./copy-programs.ts"
export { pushFolder } from "./push-folder.ts"
