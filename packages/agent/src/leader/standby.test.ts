import { once } from "node:events"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { startStandby } from "./standby.ts"

const closers: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

async function listening(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1")
  await once(server, "listening")
  closers.push(() => {
    server.close()
    server.closeAllConnections()
  })
  return (server.address() as AddressInfo).port
}

/** A port that nobody listens on. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1")
  await once(server, "listening")
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, "close")
  return port
}

async function standby(leader: () => string | undefined): Promise<string> {
  const port = await freePort()
  const server = await startStandby({ listen: { host: "127.0.0.1", port }, leader })
  closers.push(() => server.close())
  return `http://127.0.0.1:${port}`
}

test("passes a request on with its method, headers and body, and answers with the leader's answer", async () => {
  const port = await listening(
    createServer((request, response) => {
      let body = ""
      request.on("data", (chunk: Buffer) => (body += chunk.toString()))
      request.on("end", () => {
        response.writeHead(201, { "x-leader": "yes" })
        response.end(`${request.method} ${request.url} ${request.headers.authorization} ${body}`)
      })
    }),
  )
  const url = await standby(() => `127.0.0.1:${port}`)
  const answer = await fetch(`${url}/api/v1/x?y=1`, {
    method: "POST",
    headers: { authorization: "Bearer t" },
    body: "content",
  })
  expect([answer.status, answer.headers.get("x-leader")]).toEqual([201, "yes"])
  expect(await answer.text()).toBe("POST /api/v1/x?y=1 Bearer t content")
})

test("events arrive as the leader sends them, and a leader that dies ends the stream with an error", async () => {
  const leader = createServer((_request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" })
    response.write("data: first\n\n")
  })
  const port = await listening(leader)
  const url = await standby(() => `127.0.0.1:${port}`)
  const answer = await fetch(`${url}/api/v1/events`)
  const reader = answer.body?.getReader()
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toBe("data: first\n\n")
  leader.closeAllConnections()
  await expect(reader?.read()).rejects.toThrow()
})

test("is ready itself, and says so when nobody leads", async () => {
  const url = await standby(() => undefined)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  const refused = await fetch(`${url}/api/v1/state`)
  expect(refused.status).toBe(503)
  expect(await refused.json()).toMatchObject({ code: "NOT_LEADING", next: "Try again." })
})

test("a leader that cannot be reached is nobody", async () => {
  const port = await freePort()
  const url = await standby(() => `127.0.0.1:${port}`)
  expect((await fetch(`${url}/api/v1/state`)).status).toBe(503)
})
