import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { proxiesOf } from "../outbound/index.ts"
import {
  privateAuthority,
  serve,
  startTestProxy,
  type PrivateAuthority,
  type TestProxyOptions,
} from "../outbound/testing.ts"
import { ManualClock } from "../runtime/index.ts"
import { Connection } from "./connection.ts"
import { inClusterCredentials, kubeconfigCredentials, type Credentials } from "./credentials.ts"

let folder: string
let identity: PrivateAuthority
let port: number
let closeApi: () => Promise<void>
const closing: (() => Promise<unknown>)[] = []
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-connection-"))
  identity = await privateAuthority()
  const api = await serve((request, response) => {
    if (request.headers.authorization !== "Bearer good") return void response.writeHead(401).end("{}")
    response.writeHead(200, { "content-type": "application/json" })
    // A watch stays open.
    if (request.url?.includes("watch")) return void response.write("event\n")
    response.end('{"x":1}')
  }, identity)
  port = api.port
  closeApi = () => api.close()
})
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(async () => {
  await closeApi()
  await rm(folder, { recursive: true })
})

async function kubeconfig(host: string, cluster: object = {}): Promise<string> {
  const path = join(folder, "config")
  const ca = { "certificate-authority-data": Buffer.from(identity.authority).toString("base64") }
  const config = {
    clusters: [{ name: "c", cluster: { server: `https://${host}:${port}`, ...ca, ...cluster } }],
    users: [{ name: "u", user: { token: "good" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  }
  await writeFile(path, JSON.stringify(config))
  return path
}

async function proxied(options: TestProxyOptions = {}) {
  const proxy = await startTestProxy(options)
  closing.push(() => proxy.close())
  return proxy
}

function asking(credentials: Credentials) {
  const connection = new Connection(credentials)
  closing.push(() => connection.close())
  return {
    get: () => connection.json({ method: "GET", path: "/api" }),
    watch: (signal: AbortSignal) => connection.stream({ method: "GET", path: "/api?watch=1" }, signal),
  }
}

describe("the way to the Kubernetes API", () => {
  it("is the kubeconfig's proxy-url, for watches too, whatever the environment says", async () => {
    const [proxy, unused] = [await proxied({ login: "me:hunter2" }), await proxied()]
    const path = await kubeconfig("api.private.test", { "proxy-url": `http://me:hunter2@127.0.0.1:${proxy.port}` })
    const environment = proxiesOf({ HTTPS_PROXY: `http://127.0.0.1:${unused.port}`, NO_PROXY: "*" })
    const api = asking(await kubeconfigCredentials(path, new ManualClock(), environment))
    const stop = new AbortController()
    closing.push(async () => stop.abort())
    const watch = await api.watch(stop.signal)
    if (!watch.ok) throw watch.error
    const [first] = await Promise.all([watch.value[Symbol.asyncIterator]().next(), api.get()])
    expect(String(first.value)).toBe("event\n")
    expect(await api.get()).toEqual({ ok: true, value: { x: 1 } })
    expect(new Set(proxy.passed)).toEqual(new Set([`CONNECT api.private.test:${port}`]))
    expect(unused.passed).toEqual([])
  })

  it("is the environment's proxy, unless it is excluded or on this machine", async () => {
    const proxy = await proxied()
    const HTTPS_PROXY = `http://127.0.0.1:${proxy.port}`
    const clock = new ManualClock()
    const by = async (host: string, NO_PROXY: string) =>
      asking(await kubeconfigCredentials(await kubeconfig(host), clock, proxiesOf({ HTTPS_PROXY, NO_PROXY }))).get()
    expect(await by("api.private.test", "")).toMatchObject({ ok: true })
    expect(proxy.passed).toEqual([`CONNECT api.private.test:${port}`])
    expect(await by("127.0.0.1", "")).toMatchObject({ ok: true })
    const excluded = await by("api.private.test", `.private.test:${port}`)
    expect(excluded).toMatchObject({ ok: false, error: { code: "KUBE_UNREACHABLE" } })
    expect(proxy.passed).toHaveLength(1)
  })

  it("says what a proxy refuses, and not its login", async () => {
    const proxy = await proxied({ login: "me:right" })
    const path = await kubeconfig("api.private.test", { "proxy-url": `http://me:wr0ng@127.0.0.1:${proxy.port}` })
    const refused = await asking(await kubeconfigCredentials(path, new ManualClock())).get()
    if (refused.ok) throw new Error("it passed")
    expect(refused.error.message).toContain(`proxy http://127.0.0.1:${proxy.port} wants a login (407)`)
    expect(JSON.stringify(refused.error)).not.toContain("wr0ng")
    const odd = await kubeconfig("api.private.test", { "proxy-url": "socks5://me:wr0ng@127.0.0.1:1" })
    await expect(kubeconfigCredentials(odd, new ManualClock())).rejects.toThrow(
      /^proxy-url of kubeconfig \S+ names a proxy of the kind socks5, which is not supported$/,
    )
  })

  it("inside of a cluster is direct: no proxy knows the way", async () => {
    await writeFile(join(folder, "ca.crt"), identity.authority)
    await writeFile(join(folder, "token"), "good\n")
    const credentials = await inClusterCredentials({ host: "127.0.0.1", port: String(port), folder }, new ManualClock())
    expect(credentials.proxy).toBeUndefined()
    expect(await asking(credentials).get()).toMatchObject({ ok: true })
  })
})

describe("the Kubernetes API's certificate", () => {
  it("is checked against the kubeconfig's authority, and a refusal names the setting", async () => {
    const other = Buffer.from((await privateAuthority()).authority).toString("base64")
    const path = await kubeconfig("localhost", { "certificate-authority-data": other })
    const refused = await asking(await kubeconfigCredentials(path, new ManualClock())).get()
    expect(refused).toMatchObject({
      ok: false,
      error: {
        code: "KUBE_UNREACHABLE",
        message: expect.stringContaining("signed by an authority that is not trusted") as string,
        next: expect.stringContaining("certificate-authority-data in the kubeconfig") as string,
      },
    })
    const right = asking(await kubeconfigCredentials(await kubeconfig("localhost"), new ManualClock()))
    expect(await right.get()).toMatchObject({ ok: true })
  })

  it("is checked against a pod's authority, which is read again when the cluster's changes", async () => {
    await writeFile(join(folder, "token"), "good")
    await writeFile(join(folder, "ca.crt"), (await privateAuthority()).authority)
    const clock = new ManualClock()
    const api = asking(await inClusterCredentials({ host: "127.0.0.1", port: String(port), folder }, clock))
    expect(await api.get()).toMatchObject({ ok: false, error: { code: "KUBE_UNREACHABLE" } })
    await writeFile(join(folder, "ca.crt"), identity.authority)
    await clock.advance(10_000)
    expect(await api.get()).toMatchObject({ ok: true })
  })
})
