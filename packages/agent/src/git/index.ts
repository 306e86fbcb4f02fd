export type { GitWriter, SubmitOptions, SubmitResult } from "./writer-types.ts"
