import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { afterEach, expect, test } from "vitest"
import { ManualClock } from "../runtime/index.ts"
import { testOutbound } from "../outbound/testing.ts"
import { RegistryClient } from "./client.ts"

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => void

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A registry that answers as the test says; returns its base URL and the requests it got. */
async function registry(handler: Handler): Promise<{ url: string; host: string; requests: string[] }> {
  const requests: string[] = []
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "/", "http://registry")
    requests.push(`${request.method} ${request.url}${request.headers.authorization === undefined ? "" : " +auth"}`)
    handler(request, response, url)
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${host}`, host, requests }
}

const json = (response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) =>
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))

function client(mirrors = {}, clock = new ManualClock()): RegistryClient {
  return new RegistryClient({ clock, outbound: testOutbound(), mirrors: () => mirrors })
}

test("tags come through all pages, and unchanged pages are not sent again", async () => {
  const { host, requests } = await registry((request, response, url) => {
    if (request.headers["if-none-match"] === `"${url.search}"`) return response.writeHead(304).end()
    const etag = { etag: `"${url.search}"` }
    if (url.searchParams.has("last")) return json(response, 200, { tags: ["b"] }, etag)
    return json(response, 200, { tags: ["a"] }, { ...etag, link: '</v2/podinfo/tags/list?n=1000&last=a>; rel="next"' })
  })
  const made = client()
  const repository = { registry: host, repository: "podinfo" }
  expect(await made.tags(repository)).toEqual({ ok: true, value: { tags: ["a", "b"], complete: true } })
  expect(await made.tags(repository)).toEqual({ ok: true, value: { tags: ["a", "b"], complete: true } })
  expect(requests).toHaveLength(4)
})

test("a listing that leads to another registry is not followed, and is known to be incomplete", async () => {
  const elsewhere = await registry((_, response) => json(response, 200, { tags: ["evil"] }))
  const { host } = await registry((_, response) =>
    json(response, 200, { tags: ["a"] }, { link: `<${elsewhere.url}/v2/podinfo/tags/list>; rel=next` }),
  )
  const listed = await client().tags({ registry: host, repository: "podinfo" })
  expect(listed).toEqual({ ok: true, value: { tags: ["a"], complete: false } })
  expect(elsewhere.requests).toEqual([])
})

test("a registry that breaks off in the middle gives no listing at all", async () => {
  const { host } = await registry((_, response, url) =>
    url.searchParams.has("last")
      ? json(response, 500, {})
      : json(response, 200, { tags: ["a"] }, { link: '<?last=a>; rel="next"' }),
  )
  expect(await client().tags({ registry: host, repository: "podinfo" })).toMatchObject({
    ok: false,
    error: { code: "REGISTRY_FAILED" },
  })
})

test("a token is fetched when it is asked for, used again, and fetched anew when it is refused", async () => {
  let good = "one"
  const tokens = await registry((request, response, url) => {
    const login = Buffer.from(request.headers.authorization?.slice(6) ?? "", "base64").toString()
    if (login !== "me:secret") return json(response, 401, {})
    expect(url.searchParams.get("service")).toBe("reg")
    return json(response, 200, { token: good, expires_in: 300, scope: url.searchParams.get("scope") })
  })
  const { host, requests } = await registry((request, response) => {
    if (request.headers.authorization === `Bearer ${good}`) return json(response, 200, { tags: ["a"] })
    const challenge = `Bearer realm="${tokens.url}/token",service="reg",scope="repository:podinfo:pull"`
    return json(response, 401, {}, { "www-authenticate": challenge })
  })
  const made = client()
  const repository = { registry: host, repository: "podinfo" }
  const login = { username: "me", password: "secret" }
  expect((await made.tags(repository, login)).ok).toBe(true)
  expect((await made.tags(repository, login)).ok).toBe(true)
  expect(requests).toHaveLength(3)
  good = "two"
  expect((await made.tags(repository, login)).ok).toBe(true)
  const refused = await made.tags(repository, { username: "me", password: "wrong" })
  expect(refused).toMatchObject({ ok: false, error: { code: "REGISTRY_UNAUTHORIZED" } })
  expect(JSON.stringify(refused)).not.toContain("wrong")
})

test("basic auth where it is asked for; without a login the failure says so", async () => {
  const { host } = await registry((request, response) =>
    request.headers.authorization === undefined
      ? json(response, 401, {}, { "www-authenticate": 'Basic realm="x"' })
      : json(response, 200, { tags: [] }),
  )
  const repository = { registry: host, repository: "podinfo" }
  expect((await client().tags(repository, { username: "a", password: "b" })).ok).toBe(true)
  expect(await client().tags(repository)).toMatchObject({ error: { code: "REGISTRY_UNAUTHORIZED" } })
})

test("a redirect to a blob store does not get the credentials", async () => {
  const store = await registry((_, response) => json(response, 200, { created: "2026-01-02T03:04:05Z" }))
  const { host } = await registry((request, response, url) => {
    if (request.headers.authorization === undefined)
      return json(response, 401, {}, { "www-authenticate": 'Basic realm="x"' })
    if (url.pathname.includes("/blobs/")) return response.writeHead(307, { location: `${store.url}/blob` }).end()
    return json(response, 200, { config: { digest: "sha256:c" } }, { "docker-content-digest": "sha256:m" })
  })
  const details = await client().details({ registry: host, repository: "podinfo" }, "1", {
    username: "a",
    password: "b",
  })
  expect(details).toEqual({ ok: true, value: { digest: "sha256:m", created: "2026-01-02T03:04:05Z" } })
  expect(store.requests).toEqual(["GET /blob"])
})

test("an index leads to an image's date; the digest is the index's own", async () => {
  const { host } = await registry((request, response, url) => {
    const name = url.pathname.split("/").at(-1)
    const headers = { "docker-content-digest": `sha256:${name}` }
    if (request.method === "HEAD") return response.writeHead(200, headers).end()
    if (name === "1.0") {
      const manifests = [
        { digest: "sha256:att", platform: { os: "unknown" } },
        { digest: "sha256:amd", platform: { os: "linux" } },
      ]
      return json(response, 200, { manifests }, headers)
    }
    return json(response, 200, { annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" } }, headers)
  })
  const repository = { registry: host, repository: "podinfo" }
  expect(await client().details(repository, "1.0")).toEqual({
    ok: true,
    value: { digest: "sha256:1.0", created: "2026-01-01T00:00:00Z" },
  })
  expect(await client().digest(repository, "1.0")).toEqual({ ok: true, value: "sha256:1.0" })
})

test.each([
  [404, {}, { code: "REGISTRY_NOT_FOUND", message: expect.stringContaining("has no podinfo/manifests/9.9") as string }],
  [429, { "retry-after": "7" }, { code: "REGISTRY_THROTTLED", retryAfterMs: 7000 }],
  [503, { "retry-after": "2" }, { code: "REGISTRY_FAILED", retryAfterMs: 2000 }],
  [403, {}, { code: "REGISTRY_UNAUTHORIZED" }],
])("status %d is a failure of its own kind", async (status, headers, error) => {
  const { host } = await registry((_, response) => json(response, status, {}, headers))
  expect(await client().digest({ registry: host, repository: "podinfo" }, "9.9")).toMatchObject({ ok: false, error })
})

test("the pause that a registry asks for is kept, whoever asks for what meanwhile", async () => {
  let busy = true
  const { host, requests } = await registry((_, response) =>
    busy ? json(response, 429, {}, { "retry-after": "7" }) : json(response, 200, { tags: ["1.0"] }),
  )
  const clock = new ManualClock()
  const made = client({}, clock)
  const repository = { registry: host, repository: "podinfo" }
  const message = (seconds: number) => `Registry ${host} asks for fewer requests; it is asked again in ${seconds} s.`
  expect(await made.tags(repository)).toMatchObject({ error: { message: message(7), retryAfterMs: 7000 } })
  busy = false
  await clock.advance(3_500)
  expect(await made.digest({ registry: host, repository: "other" }, "1")).toMatchObject({
    error: { code: "REGISTRY_THROTTLED", message: message(4), retryAfterMs: 3500 },
  })
  expect(requests).toHaveLength(1)
  await clock.advance(3_500)
  expect(await made.tags(repository)).toMatchObject({ ok: true })
})

test("a registry that is down, or that is no registry, says so", async () => {
  const { host } = await registry((_, response) => response.end("<html>"))
  expect(await client().tags({ registry: host, repository: "podinfo" })).toMatchObject({
    error: { code: "REGISTRY_FAILED" },
  })
  await closing.shift()?.()
  const down = await client().tags({ registry: host, repository: "podinfo" })
  expect(down).toMatchObject({ ok: false, error: { code: "REGISTRY_UNREACHABLE", retry: "backoff" } })
})

test("mirrors are asked in order under the rewritten path, and never upstream by themselves", async () => {
  const broken = await registry((_, response) => json(response, 502, {}))
  const good = await registry((_, response) => json(response, 200, { tags: ["1"] }))
  const mirrors = { "docker.io": { endpoint: [broken.url, `${good.url}/`], rewrite: { "^library/(.*)": "$1" } } }
  const made = client(mirrors)
  const repository = { registry: "docker.io", repository: "library/podinfo" }
  expect(await made.tags(repository)).toMatchObject({ ok: true, value: { tags: ["1"] } })
  expect(good.requests).toEqual(["GET /v2/podinfo/tags/list?n=1000"])
  expect(made.paths(repository)).toEqual(["podinfo", "podinfo"])
  const only = client({ "docker.io": { endpoint: [broken.url] } })
  expect(await only.tags(repository)).toMatchObject({ error: { code: "REGISTRY_FAILED" } })
})
