import { mkdir, mkdtemp, rename, rm, symlink, writeFile } from "node:fs/promises"
import { createServer, connect, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { unwrap } from "../../packages/agent/src/errors.ts"
import {
  createInformer,
  createKubeClient,
  inClusterCredentials,
  kubeconfigCredentials,
  type Credentials,
  type KubeClient,
  type KubeObject,
} from "../../packages/agent/src/kube/index.ts"
import { listening } from "../../packages/agent/src/outbound/testing.ts"
import { ManualClock, systemClock } from "../../packages/agent/src/runtime/index.ts"
import { startKubeApi } from "../../packages/sandbox/src/kube/index.ts"
import { until } from "./agent-world.ts"

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

const account = { namespace: "default", name: "agent" }
const configMap = { apiVersion: "v1", kind: "ConfigMap" }

/** An API server whose clock the test moves, with an account whose tokens run out by it, and whose connections can be cut. */
async function world() {
  const folder = await mkdtemp(join(tmpdir(), "serin-token-"))
  closing.push(() => rm(folder, { recursive: true }))
  let lateMs = 0
  const api = await startKubeApi({ log: () => {}, clock: () => new Date(Date.now() + lateMs) })
  closing.push(() => api.close())
  await writeFile(join(folder, "admin"), api.kubeconfig())
  const admin = createKubeClient(await kubeconfigCredentials(join(folder, "admin"), systemClock))
  closing.push(() => admin.close())
  unwrap(await admin.apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: account }))
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" }
  const subjects = [{ kind: "ServiceAccount", ...account }]
  const binding = {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRoleBinding",
    metadata: { name: "agent" },
  }
  unwrap(await admin.apply({ ...binding, roleRef, subjects } as KubeObject))
  const sockets = new Set<Socket>()
  const relay = await listening(
    createServer((socket) => {
      const onward = connect(Number(new URL(api.url).port), "127.0.0.1")
      for (const end of [socket, onward]) {
        sockets.add(end)
        end.on("error", () => end.destroy()).on("close", () => (socket.destroy(), onward.destroy()))
      }
      socket.pipe(onward).pipe(socket)
    }),
  )
  closing.push(() => relay.close())
  return {
    folder,
    admin,
    ca: api.certificateAuthority,
    /** Host and port at which connections can be cut. */
    port: String(relay.port),
    cut: () => sockets.forEach((socket) => socket.destroy()),
    /** A token that runs out after ten minutes, bound to this Secret, if one is named. */
    token: async (secret?: string): Promise<string> => {
      const boundObjectRef =
        secret === undefined ? {} : { boundObjectRef: { kind: "Secret", apiVersion: "v1", name: secret } }
      const body = {
        apiVersion: "authentication.k8s.io/v1",
        kind: "TokenRequest",
        spec: { expirationSeconds: 600, ...boundObjectRef },
      }
      const { headers, tls } = await (await kubeconfigCredentials(join(folder, "admin"), systemClock)).access()
      return requestToken(api.url, headers, tls, body)
    },
    later: (minutes: number) => (lateMs += minutes * 60_000),
  }
}

async function requestToken(url: string, headers: object, tls: object, body: object): Promise<string> {
  const { Agent, request } = await import("undici")
  const dispatcher = new Agent({ connect: tls })
  const answer = await request(`${url}/api/v1/namespaces/default/serviceaccounts/agent/token`, {
    method: "POST",
    dispatcher,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  })
  const { status } = (await answer.body.json()) as { status: { token: string } }
  await dispatcher.close()
  return status.token
}

/** As the kubelet writes a projected volume: files below a folder of their own, to which `..data` is turned in one step. */
async function project(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  const version = join(folder, `..${Date.now()}_${Math.random().toString(36).slice(2)}`)
  await mkdir(version, { recursive: true })
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(version, name), text)
    await symlink(join("..data", name), join(folder, name)).catch(() => undefined)
  }
  await symlink(version, join(folder, "..data_tmp"))
  await rename(join(folder, "..data_tmp"), join(folder, "..data"))
}

const put = async (kube: KubeClient, name: string) =>
  kube.apply({ ...configMap, metadata: { name, namespace: "default" } })

let at: Awaited<ReturnType<typeof world>>
beforeEach(async () => {
  at = await world()
})

/** An agent's client and a watch of it, from the start on. */
function following(credentials: Credentials) {
  const kube = createKubeClient(credentials)
  const informer = createInformer({
    client: kube,
    kind: configMap,
    namespace: "default",
    clock: systemClock,
    log: () => {},
  })
  closing.push(async () => {
    await informer.close()
    await kube.close()
  })
  return { kube, informer }
}

describe("the token of a pod's service account", () => {
  it("that has run out is replaced in the middle: requests and watches go on, and nothing is missed", async () => {
    const folder = join(at.folder, "account")
    const old = await at.token()
    await project(folder, { "ca.crt": at.ca, token: old })
    // A clock that stands still: what was read stays fresh for ever, so that only the refusal leads to the new token.
    const clock = new ManualClock()
    const credentials = await inClusterCredentials({ host: "127.0.0.1", port: at.port, folder }, clock)
    const { kube, informer } = following(credentials)
    await informer.synced()
    unwrap(await put(kube, "before"))
    await until("the watch shows it", () => informer.get("default/before") !== undefined)

    at.later(11)
    expect(await put(kube, "too-late")).toMatchObject({ ok: false, error: { code: "KUBE_UNAUTHORIZED" } })
    // What happens while the watch is down is not lost either.
    at.cut()
    unwrap(await put(at.admin, "meanwhile"))
    await project(folder, { "ca.crt": at.ca, token: await at.token() })
    await clock.advance(1_000)
    unwrap(await put(kube, "after"))
    for (const name of ["meanwhile", "after"])
      await until(`the watch shows ${name}`, () => informer.get(`default/${name}`) !== undefined)
  })

  it("is followed without any refusal when it is replaced before its end, as the kubelet does", async () => {
    const folder = join(at.folder, "account")
    await project(folder, { "ca.crt": at.ca, token: await at.token() })
    const clock = new ManualClock()
    const credentials = await inClusterCredentials({ host: "127.0.0.1", port: at.port, folder }, clock)
    const { kube } = following(credentials)
    for (let renewed = 0; renewed < 4; renewed += 1) {
      unwrap(await put(kube, `at-${renewed}`))
      at.later(8)
      await project(folder, { "ca.crt": at.ca, token: await at.token() })
      await clock.advance(10_000)
    }
  })

  it("that was revoked with the object that it was bound to is replaced", async () => {
    const secret = { apiVersion: "v1", kind: "Secret", name: "bound", namespace: "default" }
    unwrap(
      await at.admin.apply({ apiVersion: "v1", kind: "Secret", metadata: { name: "bound", namespace: "default" } }),
    )
    const folder = join(at.folder, "account")
    await project(folder, { "ca.crt": at.ca, token: await at.token("bound") })
    const clock = new ManualClock()
    const credentials = await inClusterCredentials({ host: "127.0.0.1", port: at.port, folder }, clock)
    const { kube } = following(credentials)
    unwrap(await put(kube, "before"))
    unwrap(await at.admin.delete(secret))
    await project(folder, { "ca.crt": at.ca, token: await at.token() })
    await clock.advance(1_000)
    // Many at once, of which one renews.
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => put(kube, `many-${index}`)))
    expect(all.filter(({ ok }) => !ok)).toEqual([])
  })
})

describe("a kubeconfig", () => {
  const write = async (user: object): Promise<string> => {
    const path = join(at.folder, "config")
    const server = `https://127.0.0.1:${at.port}`
    const cluster = { server, "certificate-authority-data": Buffer.from(at.ca).toString("base64") }
    const config = {
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }
    await writeFile(`${path}.new`, JSON.stringify(config))
    await rename(`${path}.new`, path)
    return path
  }

  it.each(["tokenFile", "token"])("whose %s is renewed is read again after a refusal", async (kind) => {
    const file = join(at.folder, "token")
    const renew = async () => {
      const token = await at.token()
      await writeFile(file, token)
      return write(kind === "token" ? { token } : { tokenFile: "token", token: "a-stale-one" })
    }
    const clock = new ManualClock()
    const { kube } = following(await kubeconfigCredentials(await renew(), clock))
    unwrap(await put(kube, "before"))
    at.later(11)
    await renew()
    await clock.advance(1_000)
    unwrap(await put(kube, "after"))
  })

  it("whose plugin gives a token that is refused before it runs out runs it again, and not for each request", async () => {
    const file = join(at.folder, "token")
    const runs = join(at.folder, "runs")
    await writeFile(file, await at.token())
    const script = `
      const fs = require("node:fs")
      fs.appendFileSync(${JSON.stringify(runs)}, "x")
      const status = { token: fs.readFileSync(${JSON.stringify(file)}, "utf8"), expirationTimestamp: "2999-01-01T00:00:00Z" }
      console.log(JSON.stringify({ apiVersion: "client.authentication.k8s.io/v1", kind: "ExecCredential", status }))`
    const exec = { apiVersion: "client.authentication.k8s.io/v1", command: process.execPath, args: ["-e", script] }
    const clock = new ManualClock()
    const { kube } = following(await kubeconfigCredentials(await write({ exec }), clock))
    unwrap(await put(kube, "before"))
    at.later(11)
    await writeFile(file, await at.token())
    await clock.advance(1_000)
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => put(kube, `many-${index}`)))
    expect(all.filter(({ ok }) => !ok)).toEqual([])
    const { readFile } = await import("node:fs/promises")
    expect(await readFile(runs, "utf8")).toBe("xx")
  })
})
