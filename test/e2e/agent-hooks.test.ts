import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { startCluster, type Any, type Cluster } from "./agent-world.ts"
import { CanaryWorld, canaryFiles } from "./canary-world.ts"
import { HookReceiver } from "./hook-receiver.ts"

const key = "a key that nobody guesses"
let folder: string
let cluster: Cluster
let receiver: HookReceiver
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-hooks-"))
  cluster = await startCluster(folder)
  unwrap(await cluster.kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "serin-system" } }))
})
afterAll(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

const worlds: CanaryWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
  await receiver.close()
})

/** What the agent may call, as `serin install` writes it. */
async function allow(outboundAllow: string): Promise<void> {
  const settings = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "serin", namespace: "serin-system" },
    data: { outboundAllow },
  }
  unwrap(await cluster.kube.apply(settings as Any, { fieldManager: "test", force: true }))
}

const hook = (name: string, type: string): string =>
  `    - {name: ${name}, type: ${type}, url: "${receiver.url(name)}", secretRef: {name: hook-keys}}\n`

/** A canary at rest with these gates and hooks, its receiver, and the Secret that signs. */
async function idle(more: () => string): Promise<CanaryWorld> {
  receiver = await HookReceiver.start(key)
  await allow(`127.0.0.1:${receiver.port}`)
  const world = await CanaryWorld.start(cluster, {
    "cluster/steer.yaml": `${canaryFiles["cluster/steer.yaml"] ?? ""}${more()}`,
  })
  worlds.push(world)
  const secret = {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: "hook-keys", namespace: world.world.home },
    stringData: { key },
  }
  unwrap(await cluster.kube.apply(secret as Any))
  await world.until("adoption", async () => (await world.phase()) === "Idle")
  await world.until("rest", () => world.message.startsWith("Nothing to deliver"))
  return world
}

const idsOf = (name: string): string[] => [...new Set(receiver.of(name).map(({ id }) => id))]

test("pre-rollout holds the weight at 0 and then lets it go; a gate by URL holds the promotion; post-rollout is told", async () => {
  const world = await idle(
    () =>
      `  gates: {promote: "${receiver.url("gate")}"}\n  hooks:\n${hook("smoke", "pre-rollout")}${hook("done", "post-rollout")}`,
  )
  receiver.answers.set("smoke", 423).set("gate", 403)
  await world.release("0.2.1")
  await world.until("several asks", () => receiver.of("smoke").length >= 3)
  expect(world.message).toBe(
    `Before the first weight hook smoke has to succeed, and has not ended: 127.0.0.1:${receiver.port} answered 423 (as you were).`,
  )
  expect(world.weight).toBe(0)
  expect(await world.commits()).toEqual(["adopt 0", "start 0"])
  receiver.answers.set("smoke", 200)
  await world.until("100 %", () => world.weight === 100)
  await world.until("the gate's reason", () =>
    world.message.startsWith("Waiting until the gate to promote podinfo:0.2.1"),
  )
  await world.until("several asks", () => receiver.of("gate").length >= 2)
  expect(await world.commits()).not.toContain("promote 100")
  receiver.answers.set("gate", 200)
  await world.until("the promotion", async () => (await world.commits()).includes("promoted 0"))
  await world.until("the message", () => receiver.of("done").length > 0)
  expect([idsOf("smoke"), idsOf("gate"), idsOf("done")].map(({ length }) => length)).toEqual([1, 1, 1])
  expect(receiver.requests.filter(({ name }) => name !== "gate").every(({ isSigned }) => isSigned)).toBe(true)
  expect(receiver.of("done")[0]?.body).toMatchObject({
    kind: "post-rollout",
    namespace: world.world.namespace,
    canary: "podinfo",
    phase: "Idle",
    weight: 0,
    revision: "podinfo:0.2.1",
    attempt: 1,
  })
})

test("a during hook that says no rolls back, and the rollback hook hears of it, signed", async () => {
  const world = await idle(() => `  hooks:\n${hook("load", "during")}${hook("alarm", "rollback")}`)
  await world.release("0.2.1")
  await world.until("the second step", () => world.weight === 50)
  receiver.answers.set("load", 500).set("alarm", 503)
  await world.until("the end", async () => (await world.phase()) === "Failed")
  expect((await world.commits()).slice(-2)).toEqual(["rollback 0", "restore 0"])
  receiver.answers.set("alarm", 200)
  await world.until("the message", () => receiver.of("alarm").length >= 2)
  expect(idsOf("alarm")).toHaveLength(1)
  expect(receiver.of("alarm").every(({ isSigned }) => isSigned)).toBe(true)
  expect(receiver.of("alarm")[0]?.body).toMatchObject({
    kind: "rollback",
    revision: "podinfo:0.2.1",
    reason: `hook load: 127.0.0.1:${receiver.port} answered 500 (as you were)`,
  })
  // Each check asked once, under an id of its own.
  expect(idsOf("load")).toHaveLength(receiver.of("load").length)
})

test("a redirect is not followed, a link-local address and a host that nobody named are not called, and each is said", async () => {
  const world = await idle(() => `  gates: {start: "${receiver.url("gate")}"}\n`)
  receiver.answers.set("gate", 307)
  await world.release("0.2.1")
  await world.until("the redirect", () => world.message.includes("answered 307, a redirect, which is not followed"))
  expect(receiver.of("elsewhere")).toEqual([])
  const gated = (url: string) => ({
    "cluster/steer.yaml": `${canaryFiles["cluster/steer.yaml"] ?? ""}  gates: {start: "${url}"}\n`,
  })
  await allow("169.254.0.0/16 0.0.0.0/0")
  await world.world.push("to the metadata of the machine", gated("http://169.254.169.254/latest/secret-path"))
  await world.until("the refusal", () => world.message.includes("169.254.169.254 is a link-local address"))
  await world.world.push("the same, disguised", gated("http://[::ffff:a9fe:a9fe]/latest/secret-path"))
  await world.until("the refusal", () => world.message.includes("[::ffff:a9fe:a9fe] may not be called"))
  await world.world.push("back", gated(receiver.url("gate")))
  await world.until("the refusal", () => world.message.includes("a loopback address, which no entry names as such"))
  expect(world.message).toContain("`serin install … --allow-outbound 127.0.0.1`")
  expect(world.weight).toBe(0)
  const { events } = world.world.core.parts
  expect(events.since(0).events.filter(({ kind }) => kind === "alert").length).toBeGreaterThan(0)
  expect(JSON.stringify([events.since(0).events, world.canaries.states(), world.world.log])).not.toContain(
    "secret-path",
  )
  receiver.answers.set("gate", 200)
  await allow("127.0.0.1")
  await world.until("the first step", () => world.weight > 0)
})

test("a Secret that is not there is said with the next step, and nothing is called unsigned", async () => {
  const world = await idle(
    () => `  hooks: [{name: smoke, type: pre-rollout, url: "${receiver.url("smoke")}", secretRef: {name: gone}}]\n`,
  )
  await world.release("0.2.1")
  await world.until("the reason", () => /hook smoke has to succeed, and does not answer: .*gone/.test(world.message))
  expect(receiver.requests).toEqual([])
})

const hooked = [
  ["hook:before pre-rollout", "smoke", "promoted 0"],
  ["hook:after pre-rollout", "smoke", "promoted 0"],
  ["hook:after post-rollout", "done", "promoted 0"],
  ["hook:before rollback", "alarm", "restore 0"],
  ["hook:after rollback", "alarm", "restore 0"],
] as const

test.each(hooked)(
  "an agent that ends at %s: its successor calls %s again under the same id, and the delivery ends as it would have",
  async (boundary, name, end) => {
    const world = await idle(
      () => `  hooks:\n${hook("smoke", "pre-rollout")}${hook("done", "post-rollout")}${hook("alarm", "rollback")}`,
    )
    if (end === "restore 0") world.observed.traffic.failing.set("podinfo-canary", 1)
    await world.canaries.close()
    await world.world.core.close()
    let dead = false
    await world.restart((reached) => {
      // A call that failed by itself is repeated anyway; what is meant is one that came, and whose answer is lost.
      dead ||= reached.startsWith(boundary) && (boundary.startsWith("hook:before") || receiver.of(name).length > 0)
      // From here on the process is gone: nothing that it would do happens.
      return dead ? new Promise<never>(() => {}) : undefined
    })
    await world.release("0.2.1")
    await world.until(`${boundary} is reached`, () => dead)
    const before = receiver.of(name).length
    await world.restart()
    await world.until("the end", async () => (await world.commits()).at(-1) === end)
    await world.until("the call", () => receiver.of(name).length > before)
    expect(idsOf(name)).toHaveLength(1)
    expect(receiver.of(name)).toHaveLength(before + 1)
  },
)
