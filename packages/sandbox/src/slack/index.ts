export type * from "./options.ts"
export { startSlackInbox } from "./slack-inbox.ts"
