export { digestOf, Digester, isDigest, parseDigest, type Digest } from "./digest.ts"
export * from "./documents.ts"
export {
  formatReference,
  isRepositoryName,
  isTag,
  parseReference,
  InvalidReferenceError,
  type Reference,
} from "./reference.ts"
