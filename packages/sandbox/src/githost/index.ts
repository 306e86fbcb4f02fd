export { startGitHost } from "./githost.ts"
export type * from "./options.ts"
