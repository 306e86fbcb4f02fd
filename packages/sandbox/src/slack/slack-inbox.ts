import { randomBytes } from "node:crypto"
import type { IncomingMessage, ServerResponse } from "node:http"
import {
  BodyTooLargeError,
  closeServer,
  createLocalServer,
  listen,
  readBody,
  sameSecret,
  send,
  sendJson,
} from "../http/index.ts"
import type { SlackInbox, SlackInboxOptions, SlackMessage } from "./options.ts"
import { inboxPage } from "./page.ts"
import { judge, type Refusal } from "./payload.ts"

const largestBody = 100_000
/** Older messages are forgotten. */
const kept = 1_000

/** Starts a stand-in for Slack's incoming webhooks on 127.0.0.1, whose messages people and programs can read. */
export async function startSlackInbox(options: SlackInboxOptions): Promise<SlackInbox> {
  const secretPath = `/services/T${letters(8)}/B${letters(8)}/${letters(24)}`
  const messages: SlackMessage[] = []
  const followers = new Set<ServerResponse>()
  let lastId = 0

  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request, largestBody).catch((error: unknown) => {
      if (error instanceof BodyTooLargeError) return undefined
      throw error
    })
    if (body === undefined) return refuse(response, { status: 413, word: "invalid_payload" })
    const verdict = judge(body.toString("utf8"), request.headers["content-type"])
    if ("status" in verdict) return refuse(response, verdict)
    lastId += 1
    const message: SlackMessage = { id: lastId, at: new Date().toISOString(), ...verdict }
    messages.push(message)
    if (messages.length > kept) messages.shift()
    for (const follower of followers) follower.write(event(message))
    send(response, 200, "ok", plain)
  }

  const follow = (request: IncomingMessage, response: ServerResponse): void => {
    const since = Number(request.headers["last-event-id"] ?? 0)
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" })
    response.write(
      messages
        .filter(({ id }) => !(id <= since))
        .map(event)
        .join(""),
    )
    response.flushHeaders()
    followers.add(response)
    response.once("close", () => followers.delete(response))
  }

  const server = createLocalServer(
    "Slack inbox",
    async (request, response, url) => {
      if (url.pathname.startsWith("/services/")) {
        if (!sameSecret(secretPath, url.pathname)) return refuse(response, { status: 404, word: "no_service" })
        if (request.method !== "POST") return refuse(response, { status: 400, word: "invalid_payload" })
        return receive(request, response)
      }
      if (request.method !== "GET") return send(response, 405)
      if (url.pathname === "/") return send(response, 200, inboxPage, { "content-type": "text/html; charset=utf-8" })
      if (url.pathname === "/messages") return sendJson(response, 200, messages)
      if (url.pathname === "/messages/stream") return follow(request, response)
      return send(response, 404, "GET /, /messages or /messages/stream; POST to the incoming webhook's own URL.\n")
    },
    options.log,
  )
  const port = await listen(server, options.port ?? 0, "Slack inbox")
  const url = `http://127.0.0.1:${port}`
  return {
    port,
    url,
    webhookUrl: url + secretPath,
    messages: () => messages,
    close: () => closeServer(server),
  }
}

const plain = { "content-type": "text/plain; charset=utf-8" }

function refuse(response: ServerResponse, { status, word }: Refusal): void {
  send(response, status, word, plain)
}

function event(message: SlackMessage): string {
  return `id: ${message.id}\ndata: ${JSON.stringify(message)}\n\n`
}

function letters(count: number): string {
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
  return Array.from(randomBytes(count), (byte) => alphabet[byte % alphabet.length]).join("")
}
