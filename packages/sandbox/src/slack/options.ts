import type { Log } from "../log.ts"

export interface SlackInboxOptions {
  readonly port?: number
  readonly log: Log
}

/** A message as it was received. `payload` is the sender's JSON, untouched. */
export interface SlackMessage {
  readonly id: number
  readonly at: string
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

/** A running inbox. `GET /` for people, `GET /messages` JSON, `GET /messages/stream` server-sent events. */
export interface SlackInbox {
  readonly port: number
  /** `http://127.0.0.1:6000` */
  readonly url: string
  /** The incoming-webhook URL with its secret path: whoever has it may post. */
  readonly webhookUrl: string
  messages(): readonly SlackMessage[]
  close(): Promise<void>
}
