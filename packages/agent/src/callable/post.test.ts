import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { AllowList } from "./allow-list.ts"
import { post } from "./post.ts"

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

interface Receiver {
  readonly port: number
  readonly paths: string[]
}

async function receiver(answer: (response: ServerResponse, request: IncomingMessage) => void): Promise<Receiver> {
  const paths: string[] = []
  const server = createServer((request, response) => {
    paths.push(`${request.headers.host ?? ""} ${request.url ?? ""}`)
    answer(response, request)
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return { port: (server.address() as AddressInfo).port, paths }
}

interface More {
  readonly allow?: string
  readonly timeoutMs?: number
  readonly resolve?: (host: string) => Promise<readonly string[]>
  readonly signal?: AbortSignal
}

function ask(url: string, { allow = "127.0.0.1", timeoutMs = 10_000, resolve, signal }: More = {}) {
  return post(
    { url, headers: { "x-serin-id": "id-1" }, body: '{"a":1}', timeoutMs },
    {
      allow: new AllowList(allow),
      signal: signal ?? new AbortController().signal,
      ...(resolve !== undefined && { resolve }),
    },
  )
}

const saying =
  (code: number, text: string, type = "text/plain") =>
  (response: ServerResponse) =>
    void response.writeHead(code, { "content-type": type }).end(text)

test("the answer is its code and one line of what it says", async () => {
  const { port } = await receiver(saying(423, "frozen\n until   Monday\u0007"))
  expect(await ask(`http://127.0.0.1:${port}/gate`)).toEqual({
    ok: true,
    value: { host: `127.0.0.1:${port}`, code: 423, text: "frozen until Monday" },
  })
})

test.each([
  ["application/json", '{"message":"not today","token":"hush"}', "not today"],
  ["application/json", "[1]", ""],
  ["application/json", "{", ""],
  ["text/html", "<h1>403 Forbidden</h1>", ""],
])("of %s %s people are shown %j", async (type, text, shown) => {
  const { port } = await receiver(saying(403, text, type))
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ value: { text: shown } })
})

test("a redirect is an answer and is not followed", async () => {
  const other = await receiver(saying(200, ""))
  const { port } = await receiver((response) => {
    response.writeHead(307, { location: `http://127.0.0.1:${other.port}/` }).end()
  })
  expect(await ask(`http://127.0.0.1:${port}/`)).toMatchObject({ ok: true, value: { code: 307 } })
  expect(other.paths).toEqual([])
})

test("the path is shown nowhere, also where the receiver repeats it", async () => {
  const { port } = await receiver((response, request) => {
    saying(404, `Cannot POST ${request.url ?? ""}, no /services/secret path?t=hush`)(response)
  })
  const answered = await ask(`http://127.0.0.1:${port}/services/secret%20path?t=hush`)
  expect(answered).toMatchObject({ value: { code: 404, text: "Cannot POST …, no ……" } })
  const gone = await ask("http://127.0.0.1:1/services/secret-path")
  expect(gone).toMatchObject({ ok: false, error: { code: "HOOK_UNREACHABLE", retry: "backoff" } })
  expect(gone.ok ? "" : gone.error.message).toMatch(/^127\.0\.0\.1:1 does not answer: .*ECONNREFUSED/)
  expect(JSON.stringify(gone)).not.toContain("secret-path")
})

test("the name is resolved once, and the address that was judged is the one that is called", async () => {
  const { port, paths } = await receiver(saying(200, ""))
  let asked = 0
  // The second answer would lead to the metadata of the machine.
  const resolve = () => Promise.resolve([["127.0.0.1"], ["169.254.169.254"]][asked++] ?? [])
  const url = `http://hooks.example.com:${port}/gate`
  expect(await ask(url, { allow: "127.0.0.1", resolve })).toMatchObject({ ok: true, value: { code: 200 } })
  expect(asked).toBe(1)
  expect(paths).toEqual([`hooks.example.com:${port} /gate`])
  expect(await ask(url, { allow: "hooks.example.com", resolve })).toMatchObject({
    ok: false,
    error: {
      code: "HOOK_REFUSED",
      message: `hooks.example.com:${port} may not be called: 169.254.169.254 is a link-local address, and such are never called`,
    },
  })
})

test("of several addresses one that may be called is", async () => {
  const { port } = await receiver(saying(204, ""))
  const resolve = () => Promise.resolve(["::1", "169.254.1.1", "127.0.0.1"])
  expect(await ask(`http://localhost:${port}/`, { resolve })).toMatchObject({ ok: true, value: { code: 204 } })
})

test.each([
  ["http://127.0.0.1:PORT/", "", "a loopback address, which no entry names as such", "--allow-outbound 127.0.0.1`"],
  ["http://2130706433:PORT/", "a.org", "a loopback address", "--allow-outbound 127.0.0.1`"],
  ["http://0x7f.1:PORT/", "a.org", "a loopback address", "--allow-outbound"],
  ["http://[::ffff:127.0.0.1]:PORT/", "a.org", "a loopback address", "--allow-outbound"],
  ["http://0:PORT/", "0.0.0.0/0", "an unspecified address", "Correct the URL"],
  ["http://localhost:PORT/", "localhost", "a loopback address", "--allow-outbound"],
  ["http://u:hush@127.0.0.1:PORT/", "127.0.0.1", "holds a user or password", "Correct the URL"],
  ["file:///etc/passwd", "127.0.0.1", "is not called by http or https", "Correct the URL"],
])("%s with %j is refused: %s", async (url, allow, why, next) => {
  const { port, paths } = await receiver(saying(200, ""))
  const refused = await ask(url.replace("PORT", String(port)), { allow })
  expect(refused).toMatchObject({ ok: false, error: { code: "HOOK_REFUSED", retry: "never" } })
  if (refused.ok) return
  expect(refused.error.message).toContain(why)
  expect(refused.error.next).toContain(next)
  expect(JSON.stringify(refused) + refused.error.message).not.toContain("hush")
  expect(paths).toEqual([])
})

test("a host that nobody named is refused before anything is sent, with the entry that would allow it", async () => {
  const resolve = () => Promise.resolve(["203.0.113.7"])
  expect(await ask("https://hooks.example.com/x", { allow: "other.example.com", resolve })).toMatchObject({
    error: {
      message: "hooks.example.com is not among the addresses that the agent may call",
      next: "Let an administrator allow it with `serin install … --allow-outbound hooks.example.com`, or correct the URL in the Canary.",
    },
  })
})

test("an answer that does not come, does not end, or is endless is not waited for beyond its limits", async () => {
  const silent = await receiver(() => {})
  expect(await ask(`http://127.0.0.1:${silent.port}/`, { timeoutMs: 100 })).toMatchObject({
    error: { message: `127.0.0.1:${silent.port} does not answer: no answer within 0.1 s` },
  })
  const slow = await receiver((response) => void response.writeHead(200, { "content-type": "text/plain" }).write("a"))
  expect(await ask(`http://127.0.0.1:${slow.port}/`, { timeoutMs: 100 })).toMatchObject({ ok: false })
  const endless = await receiver((response) => {
    response.writeHead(200, { "content-type": "text/plain" })
    const more = (): void => {
      while (!response.destroyed && response.write("x".repeat(4096)));
      if (!response.destroyed) response.once("drain", more)
    }
    more()
  })
  const answered = await ask(`http://127.0.0.1:${endless.port}/`)
  expect(answered).toMatchObject({ ok: true, value: { code: 200, text: "x".repeat(160) } })
  const never = () => new Promise<readonly string[]>(() => {})
  expect(await ask("https://hooks.example.com/", { timeoutMs: 50, resolve: never })).toMatchObject({
    error: { message: "hooks.example.com cannot be found: its name was not resolved in time" },
  })
})

test("what was begun ends when the agent does", async () => {
  const { port } = await receiver(() => stop.abort())
  const stop = new AbortController()
  expect(await ask(`http://127.0.0.1:${port}/`, { signal: stop.signal })).toMatchObject({ ok: false })
})
