export { notify, type NotifiedRepository, type NotifierParts } from "./notifier.ts"
export { type Channel } from "./channel.ts"
export { type Message } from "./message.ts"
