export { type Conflict } from "./conflicts.ts"
export { inOrder } from "./managed.ts"
export { serverSideApply, type Applied, type Apply } from "./server-side-apply.ts"
export { trackUpdate, type Write } from "./track-update.ts"
