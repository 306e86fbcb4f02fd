export { RegistryClient, type ImageDetails, type ListedTags, type Repository } from "./client.ts"
export type { Login } from "./transport.ts"
