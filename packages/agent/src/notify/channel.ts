import { createHmac } from "node:crypto"
import { fetch } from "undici"
import { fail, ok, SerinError, type Result } from "../errors.ts"
import type { Outbound } from "../outbound/index.ts"
import type { Message } from "./message.ts"

/** Where messages go. The URL is a secret: whoever has it may post. */
export interface Channel {
  readonly type: "slack" | "webhook"
  readonly url: string
  /** HMAC key of a generic webhook. */
  readonly key?: string
}

const limitMs = 10_000

/**
 * Posts one message: Slack's incoming-webhook payload, or JSON signed in `X-Serin-Signature-256` (HMAC-SHA256 of the body).
 * No redirect is followed. The failure never names the URL, which is a secret.
 */
export async function deliver(channel: Channel, message: Message, outbound: Outbound): Promise<Result<void>> {
  const body = JSON.stringify(channel.type === "slack" ? slackPayload(message) : message)
  const signature =
    channel.key === undefined
      ? {}
      : { "x-serin-signature-256": `sha256=${createHmac("sha256", channel.key).update(body).digest("hex")}` }
  if (!URL.canParse(channel.url)) {
    const next = "Put the webhook's URL into the key `url` of the Secret that spec.notify names."
    return fail(new SerinError("NOTIFY_FAILED", `the ${channel.type} channel has no URL`, { next }))
  }
  try {
    const response = await fetch(channel.url, {
      method: "POST",
      body,
      redirect: "manual",
      dispatcher: await outbound.dispatcher(),
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
    const { why, ...next } = outbound.trouble(error, new URL(channel.url))
    const reason = why.replaceAll(channel.url, "its URL")
    return fail(new SerinError("NOTIFY_FAILED", `the ${channel.type} channel cannot be reached: ${reason}`, next))
  }
}

function slackPayload({ text, severity }: Message) {
  const mark = severity === "warning" ? ":warning: " : ""
  return {
    text: `${mark}${text}`,
    blocks: [{ type: "section", text: { type: "mrkdwn", text: `${mark}${text}`.slice(0, 3_000) } }],
  }
}
