export { bind } from "./binding.ts"
export { evict } from "./eviction.ts"
export { getScale, patchScale, updateScale } from "./scale.ts"
export { requestToken } from "./token-request.ts"
