import { createHmac } from "node:crypto"
import { Agent, fetch } from "undici"
import { fail, messageOf, ok, SerinError, type Result } from "../errors.ts"
import type { Message } from "./message.ts"

/** Where messages go. The URL is a secret: whoever has it may post. */
export interface Channel {
  readonly type: "slack" | "webhook"
  readonly url: string
  /** HMAC key of a generic webhook. */
  readonly key?: string
}

const limitMs = 10_000
const dispatcher = new Agent({ connect: { timeout: 5_000 } })

/**
 * Posts one message: Slack's incoming-webhook payload, or JSON signed in `X-Serin-Signature-256` (HMAC-SHA256 of the body).
 * No redirect is followed. The failure never names the URL, which is a secret.
 */
export async function deliver(channel: Channel, message: Message): Promise<Result<void>> {
  const body = JSON.stringify(channel.type === "slack" ? slackPayload(message) : message)
  const signature =
    channel.key === undefined
      ? {}
      : { "x-serin-signature-256": `sha256=${createHmac("sha256", channel.key).update(body).digest("hex")}` }
  try {
    const response = await fetch(channel.url, {
      method: "POST",
      body,
      redirect: "manual",
      dispatcher,
      signal: AbortSignal.timeout(limitMs),
      headers: { "content-type": "application/json", "x-serin-id": message.id, ...signature },
    })
    const answer = await response.text()
    if (response.ok) return ok(undefined)
    return fail(
      new SerinError(
        "NOTIFY_FAILED",
        `the ${channel.type} channel answered ${response.status}: ${answer.slice(0, 100)}`,
      ),
    )
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error
    return fail(
      new SerinError(
        "NOTIFY_FAILED",
        `the ${channel.type} channel cannot be reached: ${messageOf(cause).replaceAll(channel.url, "its URL")}`,
      ),
    )
  }
}

function slackPayload({ text, severity }: Message) {
  const mark = severity === "warning" ? ":warning: " : ""
  return {
    text: `${mark}${text}`,
    blocks: [{ type: "section", text: { type: "mrkdwn", text: `${mark}${text}`.slice(0, 3_000) } }],
  }
}
