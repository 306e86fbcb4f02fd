export { Authority } from "./auth.ts"
export { startApi, type ApiOptions } from "./server.ts"
export type { Named, Person, Services } from "./services.ts"
export { requireFree } from "./free-port.ts"
