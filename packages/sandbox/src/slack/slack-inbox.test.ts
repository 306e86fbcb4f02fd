import { describe, expect, it } from "vitest"
import { closing } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import type { SlackInbox } from "./options.ts"
import { startSlackInbox } from "./slack-inbox.ts"

async function inbox(): Promise<SlackInbox> {
  return closing(await startSlackInbox({ log: () => undefined }))
}

async function post(to: string, body: string, type = "application/json"): Promise<[number, string]> {
  const response = await fetch(to, { method: "POST", body, headers: { "content-type": type } })
  return [response.status, await response.text()]
}

describe("the incoming webhook", () => {
  it("takes text, blocks and forms, and keeps what was sent", async () => {
    const slack = await inbox()
    const blocks = [
      { type: "header", text: { type: "plain_text", text: "Released 0.2.1" } },
      { type: "section", fields: [{ type: "mrkdwn", text: "*by* dev" }] },
    ]
    expect(await post(slack.webhookUrl, JSON.stringify({ text: "hello" }))).toEqual([200, "ok"])
    expect(await post(slack.webhookUrl, JSON.stringify({ blocks }))).toEqual([200, "ok"])
    const form = `payload=${encodeURIComponent(JSON.stringify({ text: "by form" }))}`
    expect(await post(slack.webhookUrl, form, "application/x-www-form-urlencoded")).toEqual([200, "ok"])
    const messages = await (await fetch(`${slack.url}/messages`)).json()
    expect(messages).toEqual([
      expect.objectContaining({ id: 1, text: "hello", payload: { text: "hello" } }),
      expect.objectContaining({ id: 2, text: "Released 0.2.1\n*by* dev", payload: { blocks } }),
      expect.objectContaining({ id: 3, text: "by form" }),
    ])
    expect(slack.messages()).toHaveLength(3)
  })

  it.each([
    ["{", 400, "invalid_payload"],
    ["[]", 400, "invalid_payload"],
    ['{"text": 1}', 400, "invalid_payload"],
    ["{}", 400, "no_text"],
    ['{"text": "  "}', 400, "no_text"],
    ['{"blocks": "x"}', 400, "invalid_blocks"],
    ['{"text": "x", "blocks": [{}]}', 400, "invalid_blocks"],
    [JSON.stringify({ text: "x".repeat(200_000) }), 413, "invalid_payload"],
  ])("refuses %.40s as Slack does", async (body, status, word) => {
    const slack = await inbox()
    expect(await post(slack.webhookUrl, body)).toEqual([status, word])
    expect(slack.messages()).toEqual([])
  })

  it("is known only by its secret path", async () => {
    const slack = await inbox()
    const guessed = slack.webhookUrl.slice(0, -1)
    expect(await post(guessed, '{"text": "x"}')).toEqual([404, "no_service"])
    expect((await fetch(slack.url)).headers.get("content-type")).toContain("text/html")
    expect(await (await fetch(slack.url)).text()).not.toContain(new URL(slack.webhookUrl).pathname)
  })
})

describe("the stream", () => {
  it("begins with what is there and goes on with what comes", async () => {
    const slack = await inbox()
    await post(slack.webhookUrl, '{"text": "first"}')
    const abort = new AbortController()
    const response = await fetch(`${slack.url}/messages/stream`, { signal: abort.signal })
    expect(response.headers.get("content-type")).toBe("text/event-stream")
    let text = ""
    const reading = (async () => {
      for await (const chunk of response.body ?? []) text += Buffer.from(chunk).toString()
    })().catch((error: unknown) => {
      if (!abort.signal.aborted) throw error
    })
    await until(() => expect(text).toContain('"text":"first"'))
    await post(slack.webhookUrl, '{"text": "second"}')
    await until(() => expect(text).toMatch(/id: 2\ndata: \{.*"text":"second".*\}\n\n/))
    abort.abort()
    await reading
  })
})
