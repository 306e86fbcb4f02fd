export { SerinError } from "./errors.ts"
