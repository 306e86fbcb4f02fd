export { choose, newestTag, type Choice, type ChooseInput, type RejectedImage, type TagListing } from "./choose.ts"
export type { TagInfo } from "./order.ts"
export { globPattern, regexpPattern, type Pattern } from "./pattern.ts"
export { allows, parseFluxPolicy, parsePolicy, type PolicyResult, type TagPolicy } from "./policy.ts"
export {
  effectiveTag,
  formatReference,
  parseReference,
  repositoryOf,
  sameImage,
  withoutDigest,
  withTag,
  type ImageReference,
} from "./reference.ts"
