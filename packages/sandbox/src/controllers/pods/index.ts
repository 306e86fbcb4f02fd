export { podFromTemplate } from "./from-template.ts"
export { claim, controller, controllerReference, selects } from "./ownership.ts"
export { availableAt, condition, isActive, isFinished, isReady, isTerminating } from "./state.ts"
