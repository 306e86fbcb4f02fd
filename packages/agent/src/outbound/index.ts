export { Outbound, throughProxy, type OutboundOptions } from "./outbound.ts"
export type { Authorities } from "./authorities.ts"
export { direct, parseProxy, proxiesOf, type ProxyFor } from "./proxies.ts"
export { addAuthority, troubleOf, type Trouble } from "./trouble.ts"
