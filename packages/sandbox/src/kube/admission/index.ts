export { admissionChain } from "./admission.ts"
export type { MutationRequest, Mutator } from "./mutator.ts"
