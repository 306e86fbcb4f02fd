export { decodeCustom } from "./decode.ts"
export { defaultCustom } from "./defaults.ts"
export { validateCustom } from "./validate.ts"
