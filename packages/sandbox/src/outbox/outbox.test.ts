import { createServer, type Server } from "node:http"
import { afterEach, describe, expect, it } from "vitest"
import { closeServer, listen, readBody } from "../http/index.ts"
import { Outbox, type Delivery, type OutboxOptions } from "./outbox.ts"
import { until } from "../testing/until.ts"

const closers: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close()
})

async function receiver(answers: number[]): Promise<{ url: string; bodies: string[]; server: Server; port: number }> {
  const bodies: string[] = []
  const server = createServer((request, response) => {
    void readBody(request, 1_000).then((body) => {
      bodies.push(body.toString())
      response.writeHead(answers.shift() ?? 200).end()
    })
  })
  const port = await listen(server, 0, "receiver")
  closers.push(() => (server.listening ? closeServer(server) : Promise.resolve()))
  return { url: `http://127.0.0.1:${port}/`, bodies, server, port }
}

function outbox(options: Partial<OutboxOptions> = {}): { outbox: Outbox; seen: Delivery[] } {
  const seen: Delivery[] = []
  const made = new Outbox({
    log: () => undefined,
    onAttempt: (d) => seen.push(d),
    firstRetryMs: 5,
    longestRetryMs: 20,
    ...options,
  })
  closers.push(() => made.close())
  return { outbox: made, seen }
}

const letter = (url: string, body: string) => ({ id: body, url, headers: { "content-type": "text/plain" }, body })

describe("Outbox", () => {
  it("retries until the receiver takes it, and keeps the order", async () => {
    const { url, bodies } = await receiver([503, 429])
    const { outbox: box, seen } = outbox()
    box.send(letter(url, "a"))
    box.send(letter(url, "b"))
    await until(() => expect(bodies).toEqual(["a", "a", "a", "b"]))
    await until(() => expect(seen.map((d) => d.outcome)).toEqual(["retrying", "retrying", "delivered", "delivered"]))
  })

  it("gives up at once what the receiver refuses for good", async () => {
    const { url, bodies } = await receiver([401])
    const { outbox: box, seen } = outbox()
    box.send(letter(url, "a"))
    box.send(letter(url, "b"))
    await until(() =>
      expect(seen.map((d) => [d.letter.id, d.status, d.outcome])).toEqual([
        ["a", 401, "given-up"],
        ["b", 200, "delivered"],
      ]),
    )
    expect(bodies).toEqual(["a", "b"])
  })

  it("reaches a receiver that comes up later", async () => {
    const first = await receiver([])
    await closeServer(first.server)
    const { outbox: box, seen } = outbox({ attempts: 1_000 })
    box.send(letter(first.url, "a"))
    await until(() => expect(seen[0]?.outcome).toBe("retrying"))
    await listen(first.server, first.port, "receiver")
    await until(() => expect(first.bodies).toEqual(["a"]))
  })

  it("stops trying after the last attempt", async () => {
    const { url } = await receiver([500, 500, 500, 500])
    const { outbox: box, seen } = outbox({ attempts: 3 })
    box.send(letter(url, "a"))
    await until(() => expect(seen.at(-1)).toMatchObject({ attempts: 3, status: 500, outcome: "given-up" }))
  })

  it("drops the oldest one waiting when too many wait", async () => {
    const { url, bodies } = await receiver([])
    const { outbox: box, seen } = outbox({ capacity: 2 })
    for (const body of ["a", "b", "c", "d"]) box.send(letter(url, body))
    await until(() => expect(bodies).toEqual(["a", "d"]))
    expect(seen.filter((d) => d.outcome === "given-up").map((d) => d.letter.id)).toEqual(["b", "c"])
  })

  it("never writes more of the address than its host into the log", async () => {
    const { url } = await receiver([400])
    const lines: string[] = []
    const { outbox: box } = outbox({ log: (message, fields) => lines.push(message + JSON.stringify(fields)) })
    box.send(letter(`${url}secret-path`, "a"))
    await until(() => expect(lines).toHaveLength(1))
    expect(lines.join()).not.toContain("secret-path")
  })
})
