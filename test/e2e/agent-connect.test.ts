import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"
import { configMap, until } from "./agent-world.ts"
import { addFile, Connections, token, worksWholly } from "./connected.ts"

let connections: Connections
beforeAll(async () => {
  connections = await Connections.start()
})
afterEach(() => connections.disconnect())
afterAll(() => connections.close())

describe("a repository by SSH", () => {
  it("is read once its key was added, and says until then what git says", async () => {
    const world = await connections.connect("ssh", { knownHosts: connections.host.knownHosts })
    expect(world.publicKey).toMatch(/^ssh-ed25519 /)
    await world.said("Fetched", /Permission denied \(publickey/)
    await connections.host.addDeployKey(world.repository, {
      title: "serin",
      key: world.publicKey ?? "",
      readOnly: false,
    })
    await until("the first revision is live", () => connections.isLive(world.namespace, "a", "1"))
    expect(await world.core.parts.repositories.mayPush(world.key)).toEqual({ ok: true, value: undefined })
    await worksWholly(connections, world)
    await world.git("pull", "--quiet", "origin", "main")
    expect(await world.git("log", "-1", "--format=%an %s")).toBe("Serin Add by Serin")
  })

  it("is not spoken to when its host key is another", async () => {
    const [address] = connections.host.knownHosts.split(" ")
    const other = `${address} ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGvRTVYpVeTqSQ1xVZ3xqkBdrHBrEBnQp8d3hXzSXe3b`
    const world = await connections.connect("ssh", { knownHosts: other })
    await connections.host.addDeployKey(world.repository, {
      title: "serin",
      key: world.publicKey ?? "",
      readOnly: false,
    })
    const message = await world.said("Fetched", /Host key verification failed/)
    expect(message).toMatch(/update `known_hosts` in Secret/)
  })

  it("with a read-only key is read, and a push is refused in the host's words", async () => {
    const world = await connections.connect("ssh", { knownHosts: connections.host.knownHosts })
    await connections.host.addDeployKey(world.repository, {
      title: "serin",
      key: world.publicKey ?? "",
      readOnly: true,
    })
    await until("the first revision is live", () => connections.isLive(world.namespace, "a", "1"))
    const asked = await world.core.parts.repositories.mayPush(world.key)
    expect(asked).toMatchObject({ ok: false, error: { message: expect.stringContaining("may read") } })
    const result = await world.core.parts.repositories.writer(world.key)?.submit(addFile("cluster/c.yaml", "c"))
    expect(result).toMatchObject({
      kind: "failed",
      error: { code: "GIT_FORBIDDEN", message: expect.stringContaining("may read") },
    })
  })
})

describe("a repository by HTTP", () => {
  it("is read and written with a token, and followed by the host's hook", async () => {
    const world = await connections.connect("http", { username: "dev", token })
    await until("the first revision is live", () => connections.isLive(world.namespace, "a", "1"))
    await worksWholly(connections, world)
    await world.git("pull", "--quiet", "origin", "main")
    await world.push("second", { "cluster/a.yaml": configMap("a", { x: "3" }) })
    world.core.parts.repositories.fetchNow(world.key)
    await until("the second revision is live", () => connections.isLive(world.namespace, "a", "3"))
    expect(JSON.stringify(await world.read()) + world.log.join()).not.toContain(token)
  })

  it("says that a token is wrong, without showing it", async () => {
    const world = await connections.connect("http", { username: "dev", token: "wr0ng-t0k3n" })
    const message = await world.said("Fetched", /Authentication failed/)
    expect(message + world.log.join()).not.toContain("wr0ng-t0k3n")
  })
})
