import { mkdtemp, rm, writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { makeDeployKey } from "../../packages/agent/src/install/deploy-key.ts"
import {
  inFrontOf,
  privateAuthority,
  startTestProxy,
  type Listening,
  type PrivateAuthority,
} from "../../packages/agent/src/outbound/testing.ts"
import { configMap, until } from "./agent-world.ts"
import { addFile, Connections, token, worksWholly } from "./connected.ts"

let connections: Connections
let identity: PrivateAuthority
let secure: Listening
let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-access-"))
  connections = await Connections.start()
  identity = await privateAuthority()
  secure = await inFrontOf(connections.host.port, identity)
})
const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  await connections.disconnect()
  for (const close of closing.splice(0).toReversed()) await close()
})
afterAll(async () => {
  await secure.close()
  await connections.close()
  await rm(folder, { recursive: true })
})

const access = { username: "dev", token }
const over = (host: string) => (repository: string) => `https://${host}:${secure.port}/${repository}.git`
const isLive =
  (world: { readonly namespace: string }, x = "1") =>
  () =>
    connections.isLive(world.namespace, "a", x)

describe("a git host by HTTPS with a certificate of a private authority", () => {
  it("is refused with the setting that is missing, and read once the Secret has its ca.crt", async () => {
    const world = await connections.connect("http", access, { url: over("localhost") })
    const message = await world.said("Fetched", /certificate/)
    expect(message).toContain(`\`ca.crt\` of Secret serin-system/${world.secret}`)
    expect(message).toContain("`serin install --ca-bundle FILE`")
    expect((await world.read()).status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Fetched", reason: "GIT_CERTIFICATE" }),
    )
    await world.renew({ "ca.crt": identity.authority })
    await until("the first revision is live", isLive(world))
    await worksWholly(connections, world)
  })

  it("is read with the bundle that is mounted for all", async () => {
    const caBundle = join(folder, "ca.crt")
    await writeFile(caBundle, identity.authority)
    const world = await connections.connect("http", access, { url: over("localhost"), core: { caBundle } })
    await until("the first revision is live", isLive(world))
    await worksWholly(connections, world)
  })

  it("is refused by a Secret with another authority, whatever the bundle says", async () => {
    const caBundle = join(folder, "ca.crt")
    await writeFile(caBundle, identity.authority)
    const other = await privateAuthority()
    const world = await connections.connect("http", access, { url: over("localhost"), core: { caBundle } })
    await world.renew({ "ca.crt": other.authority })
    world.core.parts.repositories.fetchNow(world.key)
    await world.said("Fetched", /certificate/)
  })
})

describe("a git host behind a proxy", () => {
  it("is read and written by way of the proxy, with its login", async () => {
    const proxy = await startTestProxy({ login: "me:hunter2" })
    closing.push(() => proxy.close())
    const environment = {
      PATH: process.env["PATH"],
      HTTPS_PROXY: `http://me:hunter2@127.0.0.1:${proxy.port}`,
      NO_PROXY: "10.0.0.0/8,.svc",
    }
    const caBundle = join(folder, "ca.crt")
    await writeFile(caBundle, identity.authority)
    const world = await connections.connect("http", access, {
      // A name that only the proxy knows.
      url: over("git.private.test"),
      core: { environment, caBundle },
    })
    await world.said("Fetched", /was read/)
    await until("the first revision is live", isLive(world))
    await worksWholly(connections, world)
    expect(new Set(proxy.passed)).toEqual(new Set([`CONNECT git.private.test:${secure.port}`]))
    expect(world.log.join()).not.toMatch(/hunter2/)
  })

  it("is asked directly where NO_PROXY says so, with a port too, which curl by itself does not understand", async () => {
    const proxy = await startTestProxy()
    closing.push(() => proxy.close())
    const environment = {
      PATH: process.env["PATH"],
      HTTPS_PROXY: `http://127.0.0.1:${proxy.port}`,
      NO_PROXY: `private.test:${secure.port}`,
    }
    const world = await connections.connect("http", access, { url: over("git.private.test"), core: { environment } })
    await world.said("Fetched", /Could not resolve host: git\.private\.test/)
    const local = await connections.connect("http", access, { core: { environment } })
    await until("loopback is read directly", isLive(local))
    expect(proxy.passed).toEqual([])
  })

  it("that refuses the login is named, and the login is not", async () => {
    const proxy = await startTestProxy({ login: "me:right" })
    closing.push(() => proxy.close())
    const environment = { PATH: process.env["PATH"], HTTPS_PROXY: `http://me:wr0ng@127.0.0.1:${proxy.port}` }
    const world = await connections.connect("http", access, { url: over("git.private.test"), core: { environment } })
    const message = await world.said("Fetched", /407/)
    expect(message).toMatch(/Give the proxy's user and password in HTTP_PROXY and HTTPS_PROXY/)
    expect(message + world.log.join()).not.toContain("wr0ng")
  })
})

describe("what opens a repository is renewed in its Secret", () => {
  it("a token: the wrong one is refused by the Secret's name, the right one takes effect without a restart", async () => {
    const world = await connections.connect("http", { username: "dev", token: "wr0ng-t0k3n" })
    const message = await world.said("Fetched", /Authentication failed/)
    expect(message).toContain(`Correct \`username\` and \`token\` in Secret serin-system/${world.secret}`)
    expect(message + world.log.join()).not.toContain("wr0ng-t0k3n")
    await world.renew({ token })
    await until("the first revision is live", isLive(world))
  })

  it("a token that is revoked while the next look is an hour away: the push after it goes through", async () => {
    const world = await connections.connect("http", access)
    await until("the first revision is live", isLive(world))
    // Revoked, and renewed: the host knows only the one of before, so that both are swapped.
    await world.renew({ token: "an0ther-t0k3n" })
    await world.said("Fetched", /Authentication failed/)
    const text = configMap("b", { x: "2" }).replaceAll("NS", world.namespace)
    const submit = () => world.core.parts.repositories.writer(world.key)?.submit(addFile("cluster/b.yaml", text))
    expect(await submit()).toMatchObject({ kind: "failed", error: { code: "GIT_UNAUTHORIZED" } })
    await world.renew({ token })
    await until("the push goes through", async () => (await submit())?.kind !== "failed")
    await until("our own commit is live", () => connections.isLive(world.namespace, "b", "2"))
    expect(world.log.join()).not.toMatch(/an0ther-t0k3n/)
  })

  it("a deploy key: what the host does not know is refused by the Secret's name, its successor is taken", async () => {
    const { knownHosts } = connections.host
    const world = await connections.connect("ssh", { knownHosts })
    const message = await world.said("Fetched", /Permission denied \(publickey/)
    expect(message).toContain(`Add the deploy key of Secret serin-system/${world.secret}`)
    const next = makeDeployKey("next")
    await connections.host.addDeployKey(world.repository, { title: "next", key: next.publicKey, readOnly: false })
    await world.renew({ identity: next.identity, "identity.pub": next.publicKey })
    await until("the first revision is live", isLive(world))
    await worksWholly(connections, world)
  })

  it("a host's key: a changed one is refused in clear words until known_hosts has it", async () => {
    const { knownHosts } = connections.host
    const [address] = knownHosts.split(" ")
    const world = await connections.connect("ssh", {
      knownHosts: `${address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvRTVYpVeTqSQ1xVZ3xqkBdrHBrEBnQp8d3hXzSXe3b`,
    })
    await connections.host.addDeployKey(world.repository, {
      title: "serin",
      key: world.publicKey ?? "",
      readOnly: false,
    })
    const message = await world.said("Fetched", /Host key verification failed/)
    expect(message).toMatch(/the key of \[127\.0\.0\.1\]:\d+ is SHA256:\S{43} now, which is not the one in known_hosts/)
    expect(message).toContain(`then update \`known_hosts\` in Secret serin-system/${world.secret}`)
    await world.renew({ known_hosts: knownHosts })
    await until("the first revision is live", isLive(world))
  })

  it("a Secret that is gone and comes back", async () => {
    const world = await connections.connect("http", access)
    await until("the first revision is live", isLive(world))
    const ref = { apiVersion: "v1", kind: "Secret", name: world.secret, namespace: "serin-system" }
    const secret = unwrap(await connections.cluster.kube.get(ref))
    unwrap(await connections.cluster.kube.delete(ref))
    await world.said(
      "Fetched",
      new RegExp(`Secret serin-system/${world.secret}, which spec.auth names, does not exist`),
    )
    const { resourceVersion: _version, uid: _uid, managedFields: _fields, ...metadata } = secret.metadata
    unwrap(await connections.cluster.kube.create({ ...secret, metadata }))
    await world.said("Fetched", /was read/)
  })
})
