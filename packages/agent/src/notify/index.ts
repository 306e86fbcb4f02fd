export { notify, type NotifiedRepository, type NotifierParts } from "./notifier.ts"
export { deliver, type Channel } from "./channel.ts"
export { messageFor, type Message } from "./message.ts"
