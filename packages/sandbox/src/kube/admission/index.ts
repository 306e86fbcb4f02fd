export { admissionChain } from "./admission.ts"
export type { Mutator, Validator } from "./mutator.ts"
