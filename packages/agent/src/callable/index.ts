export { bytesOf, refusalOf } from "./address.ts"
export { AllowList, unreadableEntries } from "./allow-list.ts"
export { post } from "./post.ts"
export { shownPlace, systemResolve, wayTo, type Resolve, type Way } from "./way.ts"
