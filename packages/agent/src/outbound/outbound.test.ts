import { mkdtemp, rm, writeFile } from "node:fs/promises"
import type { ServerResponse } from "node:http"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeAll, describe, expect, test } from "vitest"
import type { Result, SerinError } from "../errors.ts"
import { deliver } from "../notify/channel.ts"
import { messageFor } from "../notify/message.ts"
import { createPrometheusClient } from "../prometheus/index.ts"
import { RegistryClient } from "../registry/index.ts"
import { ManualClock } from "../runtime/index.ts"
import type { Outbound } from "./outbound.ts"
import { privateAuthority, serve, startTestProxy, testOutbound, type PrivateAuthority } from "./testing.ts"

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

let identity: PrivateAuthority
let other: PrivateAuthority
beforeAll(async () => {
  identity = await privateAuthority()
  other = await privateAuthority()
})

const message = messageFor(
  {
    commit: "b".repeat(40),
    parents: [],
    author: "Serin",
    at: "2026-03-01T10:00:00Z",
    subject: "Release podinfo 0.2.2",
    body: "",
    trailers: [["Serin-Kind", "release"]],
  },
  "serin-system/config",
)
if (!message) throw new Error("a commit of Serin has a message")

const json = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(body))
}

/** Registry, Prometheus and a channel in one; `https` with a certificate of the private authority. */
async function world(scheme: "http" | "https") {
  const server = await serve(
    ({ url = "" }, response) => {
      if (url.includes("/tags/list")) json(response, { tags: ["1"] })
      else if (url.includes("/api/v1/query"))
        json(response, { status: "success", data: { resultType: "scalar", result: [1, "7"] } })
      else response.end("ok")
    },
    scheme === "https" ? identity : undefined,
  )
  closing.push(() => server.close())
  return server.port
}

/** All that goes out by HTTP but Git, to this host. */
const ways: Readonly<Record<string, (base: string, outbound: Outbound) => Promise<Result<unknown>>>> = {
  "a registry": (base, outbound) => {
    const mirrors = () => ({ "registry.example": { endpoint: [base] } })
    const client = new RegistryClient({ clock: new ManualClock(), outbound, mirrors })
    return client.tags({ registry: "registry.example", repository: "podinfo" })
  },
  Prometheus: (base, outbound) => createPrometheusClient(() => base, outbound).instant("up", 0),
  Slack: (base, outbound) => deliver({ type: "slack", url: `${base}/services/s3cret-path` }, message, outbound),
  "a webhook": (base, outbound) =>
    deliver({ type: "webhook", url: `${base}/s3cret-path`, key: "k" }, message, outbound),
}

function outbound(...more: Parameters<typeof testOutbound>): Outbound {
  const made = testOutbound(...more)
  closing.push(() => made.close())
  return made
}

const errorOf = (result: Result<unknown>): SerinError => {
  if (result.ok) throw new Error("it worked")
  return result.error
}

describe.each(Object.entries(ways))("%s", (_name, ask) => {
  test("with a certificate of a private authority is refused until the bundle is there, and says which setting", async () => {
    const base = `https://localhost:${await world("https")}`
    const folder = await mkdtemp(join(tmpdir(), "serin-ca-"))
    closing.push(() => rm(folder, { recursive: true }))
    const caBundle = join(folder, "ca.crt")
    const clock = new ManualClock()
    const said: string[] = []
    const out = outbound({ caBundle, clock, log: (line, fields) => said.push(`${line} ${JSON.stringify(fields)}`) })

    const refused = errorOf(await ask(base, out))
    expect(refused.message).toMatch(/certificate is signed by an authority that is not trusted/)
    expect(refused.next).toMatch(/--ca-bundle FILE.*ConfigMap serin-system\/serin-ca/)
    expect(refused.retry).toBe("backoff")
    expect(said.at(-1)).toMatch(/^no CA bundle: only the system's/)

    // The ConfigMap comes while the agent runs, first with another's certificate.
    await writeFile(caBundle, other.authority)
    await clock.advance(10_000)
    expect((await ask(base, out)).ok).toBe(false)
    await writeFile(caBundle, `# ours\n${other.authority}\n${identity.authority}`)
    await clock.advance(10_000)
    expect(await ask(base, out)).toMatchObject({ ok: true })
    expect(said.at(-1)).toMatch(/^certificate authorities read .*"certificates":2/)

    // A broken one takes nothing away, and is said once.
    await writeFile(caBundle, "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")
    for (let time = 0; time < 3; time += 1) {
      await clock.advance(10_000)
      expect(await ask(base, out)).toMatchObject({ ok: true })
    }
    expect(said.filter((line) => line.startsWith("CA bundle not read"))).toHaveLength(1)
  })

  test("under a name that its certificate does not hold says so", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serin-ca-"))
    closing.push(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, "ca.crt"), identity.authority)
    const port = await world("https")
    const proxy = await startTestProxy()
    closing.push(() => proxy.close())
    const out = outbound({
      caBundle: join(folder, "ca.crt"),
      environment: { HTTPS_PROXY: `http://127.0.0.1:${proxy.port}` },
    })
    const refused = errorOf(await ask(`https://elsewhere.test:${port}`, out))
    expect(refused.message).toMatch(/its certificate is for other names/)
    expect(refused.next).toMatch(/Use a name that the certificate holds/)
  })

  test("goes by way of the proxy, and not where it is excluded", async () => {
    const folder = await mkdtemp(join(tmpdir(), "serin-ca-"))
    closing.push(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, "ca.crt"), identity.authority)
    const [plain, secure] = [await world("http"), await world("https")]
    const proxy = await startTestProxy({ login: "me:hunter2" })
    closing.push(() => proxy.close())
    const way = `http://me:hunter2@127.0.0.1:${proxy.port}`
    const environment = { HTTP_PROXY: way, HTTPS_PROXY: way, NO_PROXY: `direct.private.test:${secure}` }
    const out = outbound({ environment, caBundle: join(folder, "ca.crt") })

    // Only the proxy knows these names.
    expect(await ask(`https://a.private.test:${secure}`, out)).toMatchObject({ ok: true })
    expect(proxy.passed).toEqual([`CONNECT a.private.test:${secure}`])
    expect(await ask(`http://a.private.test:${plain}`, out)).toMatchObject({ ok: true })
    expect(proxy.passed.at(-1)).toMatch(new RegExp(`^(GET|POST) http://a\\.private\\.test:${plain}/`))
    const passed = proxy.passed.length
    // Loopback never passes, and what is excluded is looked for directly, where nobody knows it.
    expect(await ask(`http://127.0.0.1:${plain}`, out)).toMatchObject({ ok: true })
    expect(errorOf(await ask(`https://direct.private.test:${secure}`, out)).message).toMatch(/ENOTFOUND|EAI_AGAIN/)
    expect(proxy.passed).toHaveLength(passed)
  })

  test.each(["http", "https"] as const)("by %s says that the proxy wants a login, and shows none", async (scheme) => {
    const port = await world(scheme)
    const proxy = await startTestProxy({ login: "me:right" })
    closing.push(() => proxy.close())
    const way = `http://me:wr0ng@127.0.0.1:${proxy.port}`
    const out = outbound({ environment: { HTTP_PROXY: way, HTTPS_PROXY: way } })
    const refused = errorOf(await ask(`${scheme}://a.private.test:${port}`, out))
    expect(refused.message).toContain(`proxy http://127.0.0.1:${proxy.port} wants a login (407)`)
    expect(refused.next).toMatch(/user and password in HTTP_PROXY and HTTPS_PROXY/)
    expect(refused.message + refused.next).not.toMatch(/wr0ng|s3cret-path/)
    await proxy.close()
    const away = errorOf(await ask(`${scheme}://a.private.test:${port}`, out))
    expect(away.message).toMatch(/by way of proxy http:\/\/127\.0\.0\.1:\d+: .*ECONNREFUSED/)
    expect(away.next).toMatch(/NO_PROXY/)
  })
})
