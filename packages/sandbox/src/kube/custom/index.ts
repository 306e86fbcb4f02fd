export { CustomDefinitions } from "./definitions.ts"
export { customDocuments } from "./documents.ts"
