import { createHmac } from "node:crypto"
import { createServer, type IncomingHttpHeaders, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { testOutbound } from "../outbound/testing.ts"
import { deliver } from "./channel.ts"
import { messageFor } from "./message.ts"

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

interface Received {
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

async function receiver(status: number): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let body = ""
    request.setEncoding("utf8").on("data", (text: string) => (body += text))
    request.on("end", () => {
      received.push({ headers: request.headers, body })
      response.writeHead(status, { connection: "close", location: "http://127.0.0.1:1/" }).end("no_text")
    })
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/secret-path`, received }
}

const commit = {
  commit: "b".repeat(40),
  parents: [],
  author: "Serin",
  at: "2026-03-01T10:00:00Z",
  subject: "Roll back podinfo 0.2.2",
  body: "success-rate 94.8 < 99",
  trailers: [
    ["Serin-Kind", "rollback"],
    ["Serin-Id", "id-7"],
    ["Serin-Cause", "canary test/podinfo"],
  ] as const,
}
const message = messageFor(commit, "serin-system/config")
if (!message) throw new Error("a commit of Serin has a message")

test("Slack gets text with what, why, who and the commit", async () => {
  const { url, received } = await receiver(200)
  expect(await deliver({ type: "slack", url }, message, testOutbound())).toEqual({ ok: true, value: undefined })
  const { text } = JSON.parse(received[0]?.body ?? "") as { text: string }
  expect(text).toBe(
    ":warning: *Roll back podinfo 0.2.2*\nsuccess-rate 94.8 < 99\nby canary test/podinfo · commit bbbbbbbb in serin-system/config",
  )
})

test("a webhook is signed and carries the id by which repeats are known", async () => {
  const { url, received } = await receiver(200)
  await deliver({ type: "webhook", url, key: "k" }, message, testOutbound())
  const [request] = received
  expect(request?.headers["x-serin-signature-256"]).toBe(
    `sha256=${createHmac("sha256", "k")
      .update(request?.body ?? "")
      .digest("hex")}`,
  )
  expect(request?.headers["x-serin-id"]).toBe("id-7")
})

test("a refusal or redirect is a failure that is tried again and does not show the URL", async () => {
  for (const status of [400, 302]) {
    const { url } = await receiver(status)
    const result = await deliver({ type: "slack", url }, message, testOutbound())
    expect(result).toMatchObject({ ok: false, error: { code: "NOTIFY_FAILED", retry: "backoff" } })
    expect(JSON.stringify(result)).not.toContain("secret-path")
  }
})

test("a commit of a person is not a message", () => {
  expect(messageFor({ ...commit, trailers: [] }, "x/y")).toBeUndefined()
})
