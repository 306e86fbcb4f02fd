export { controllerOf, itself, keyOf, splitKey, startController, type Context, type Controller } from "./controller.ts"
export { missing, present } from "./absence.ts"
export { refs } from "./refs.ts"
export { WorkQueue, type Outcome } from "./work-queue.ts"
