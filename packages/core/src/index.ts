export type { Edit, EditResult, FileChange, CommitMessage, Tree } from "./edit/edit.ts"
export * from "./image/index.ts"
