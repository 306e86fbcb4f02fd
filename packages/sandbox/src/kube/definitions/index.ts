export { validateDefinition } from "./validate.ts"
