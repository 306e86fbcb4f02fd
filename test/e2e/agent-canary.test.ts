import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, afterEach, beforeAll, expect, test } from "vitest"
import { deliveryCrd, valueAt } from "../../packages/core/src/index.ts"
import { unwrap } from "../../packages/agent/src/errors.ts"
import { startCluster, type Any, type Cluster } from "./agent-world.ts"
import { CanaryWorld, canaryFiles } from "./canary-world.ts"

let folder: string
let cluster: Cluster
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "serin-canary-"))
  cluster = await startCluster(folder)
})
afterAll(async () => {
  await cluster.close()
  await rm(folder, { recursive: true })
})

const worlds: CanaryWorld[] = []
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.close()
})

async function idle(files: Readonly<Record<string, string>> = {}): Promise<CanaryWorld> {
  const world = await CanaryWorld.start(cluster, files)
  worlds.push(world)
  await world.until("adoption", async () => (await world.phase()) === "Idle")
  await world.until("rest", () => world.message.startsWith("Nothing to deliver"))
  return world
}

/** As a person does it who saw a commit of Serin's at the git host. */
async function revertLast({ world: { host } }: CanaryWorld): Promise<void> {
  await host.git(["pull", "--quiet", "--ff-only"], host.work)
  await host.git(["revert", "--no-edit", "HEAD"], host.work)
  await host.git(["push", "--quiet", "origin", "HEAD:main"], host.work)
}

const alice = { name: "alice" }
const named = (world: CanaryWorld) => ({ namespace: world.world.namespace, name: "podinfo" })

test("a good version goes through its steps by commits that touch what they are about, and is promoted", async () => {
  const world = await idle()
  await world.release("0.2.1")
  await world.until("the promotion", async () => (await world.commits()).includes("promoted 0"))
  expect(await world.commits()).toEqual([
    "adopt 0",
    "start 0",
    "step 10",
    "step 50",
    "step 100",
    "promote 100",
    "promote 0",
    "promoted 0",
  ])
  expect(await world.world.host.show("cluster/ga.yaml")).toContain("image: podinfo:0.2.1 # by hand")
  expect(await world.world.host.show("cluster/route.yaml")).toBe(
    canaryFiles["cluster/route.yaml"]?.replaceAll("NS", world.world.namespace).trim(),
  )
  await world.until("the end in the cluster", async () => {
    const status = valueAt(await world.world.get("Canary", "podinfo", "serin.dev/v1alpha1"), ["status"])
    return valueAt(status, ["phase"]) === "Idle" && valueAt(status, ["weight"]) === 0
  })
})

test("a bad version loses its weight within a check and a second, before the commit; its tag is not tried again", async () => {
  const world = await idle()
  world.observed.traffic.failing.set("podinfo-canary", 0.5)
  await world.release("0.2.2")
  await world.until("the first step", () => world.weight === 10)
  await world.until("the end", async () => (await world.phase()) === "Failed")
  expect((await world.commits()).slice(-3)).toEqual(["step 10", "rollback 0", "restore 0"])
  const { events } = world.world.core.parts
  expect(
    events
      .since(0)
      .events.map(({ kind }) => kind)
      .filter((kind) => ["protect", "rollback"].includes(kind)),
  ).toEqual(["protect", "rollback"])
  const log = await world.world.host.git(["log", "--format=%B", "main"], world.world.host.bare)
  expect(log).toContain("success-rate 50 % (limit ≥ 99 %)")
  await world.until("the mark is gone", async () => {
    const route = await world.liveRoute()
    return valueAt(route, ["metadata", "annotations", "serin.dev/protected"]) === undefined && world.weight === 0
  })
  expect(valueAt(await world.delivery(), ["spec", "rejected", 0, "tag"])).toBe("0.2.2")
  await world.release("0.2.2")
  await world.until("a pause", async () => (await world.phase()) === "Paused")
  expect(world.message).toContain("was rejected (success-rate 50 %")
})

test("protected also while the cluster cannot remember why, as with definitions of another version", async () => {
  const world = await idle()
  await world.release("0.2.2")
  await world.until("the first step", () => world.weight === 10)
  const define = async (crd: unknown) => unwrap(await cluster.kube.apply(crd as Any, { force: true }))
  const older = structuredClone(deliveryCrd) as unknown as Any
  const schema = valueAt(older, ["spec", "versions", 0, "schema", "openAPIV3Schema", "properties"])
  Object.assign(schema as object, { status: { type: "object", properties: { phase: { type: "string" } } } })
  try {
    await define(older)
    world.observed.traffic.failing.set("podinfo-canary", 1)
    await world.until("weight 0", () => world.weight === 0)
    await world.until("what is in the way is said", () => /not declared in schema/.test(world.message))
    expect(await world.commits()).not.toContain("rollback 0")
  } finally {
    await define(deliveryCrd)
  }
  await world.until("the commit", async () => (await world.commits()).includes("rollback 0"))
})

test("protected also behind someone's broken file, and sync does not put the weight back", async () => {
  const world = await idle()
  await world.release("0.2.2")
  await world.until("the first step", () => world.weight === 10)
  await world.world.push("break it", { "cluster/broken.yaml": "a: [" })
  world.observed.traffic.failing.set("podinfo-canary", 1)
  await world.until("weight 0", () => world.weight === 0)
  await world.until("the commit", async () => (await world.commits()).includes("rollback 0"))
  // Drift correction looks at every change of the object; give it one.
  await world.world.edit(
    "VirtualService",
    "podinfo",
    { metadata: { labels: { touched: "yes" } } },
    "networking.istio.io/v1",
  )
  const end = Date.now() + 1500
  await world.until("a while", () => {
    expect(world.weight).toBe(0)
    return Date.now() > end
  })
  await world.world.push("mend it", { "cluster/broken.yaml": "" })
  await world.until("the end", async () => (await world.phase()) === "Failed")
})

test("while Prometheus is away nothing moves, and it goes on when it is back", async () => {
  const world = await idle()
  await world.release("0.2.1")
  await world.until("the first step", () => world.weight === 10)
  world.observed.traffic.up = false
  await world.until("the reason", () => /Holding at 10 %: Prometheus could not answer/.test(world.message))
  const commits = await world.commits()
  const end = Date.now() + 2000
  await world.until("a while", () => Date.now() > end)
  expect(await world.commits()).toEqual(commits)
  world.observed.traffic.up = true
  await world.until("the next step", () => world.weight === 50)
})

test("no step is taken on a weight that the proxies' telemetry does not show, and people are told", async () => {
  const world = await idle()
  await world.release("0.2.1")
  await world.until("the first step", () => world.weight === 10)
  world.proxiesAt = 10
  await world.until("the second step", () => world.weight === 50)
  const said = /the cluster has weight 50, but proxies still send 10 % of the requests to podinfo-canary/
  await world.until("the reason", () => said.test(world.message))
  const commits = await world.commits()
  const end = Date.now() + 2000
  await world.until("a while", () => Date.now() > end)
  expect(await world.commits()).toEqual(commits)
  expect(world.weight).toBe(50)
  world.proxiesAt = undefined
  await world.until("the promotion", async () => (await world.commits()).includes("promoted 0"))
})

test("a node that takes both sides along is not the version's fault: the weights stay, and it goes on", async () => {
  const steer = "cluster/steer.yaml"
  const world = await idle({ [steer]: (canaryFiles[steer] ?? "").replace("interval: 400ms", "interval: 1s") })
  await world.release("0.2.1")
  await world.until("the first step", () => world.weight === 10)
  for (const name of ["podinfo-ga", "podinfo-canary"]) world.stuck.add(name)
  const nobody = "No pod of podinfo-canary is ready, nor of podinfo-ga"
  await world.until("the reason", () => world.message.startsWith(nobody))
  world.observed.traffic.failing.set("podinfo-canary", 1)
  const commits = await world.commits()
  const end = Date.now() + 2500
  await world.until("a while", () => Date.now() > end)
  expect(await world.commits()).toEqual(commits)
  expect(world.weight).toBe(10)
  world.observed.traffic.failing.clear()
  world.stuck.clear()
  await world.until("the next step", () => world.weight === 50)
  const since = (await world.commits()).slice(commits.length)
  // Where the stable side's pods are back first, it has all the traffic until the canary's are, and the step is taken again.
  expect([["step 50"], ["hold 0", "step 10", "step 50"]]).toContainEqual(since)
})

test("git revert wins: the engine pauses and says so; a person resumes, aborts and retries", async () => {
  const world = await idle()
  await world.release("0.2.1")
  await world.until("the second step", () => world.weight === 50)
  const { host } = world.world
  await revertLast(world)
  world.world.core.parts.repositories.fetchNow(world.world.key)
  await world.until("a pause", async () => (await world.phase()) === "Paused")
  await world.until("the reason", () => /Git went back|were changed/.test(world.message))
  await world.until("its weight", () => world.weight === 10)
  await expect(world.canaries.steer("set-weight", named(world), { weight: 120 }, alice)).rejects.toMatchObject({
    code: "EDIT_REFUSED",
  })
  const resumed = await world.canaries.steer("resume", named(world), { reason: "on we go" }, alice)
  expect(resumed.commit).toMatch(/^[0-9a-f]{40}$/)
  await world.until("the second step again", () => world.weight === 50)
  await world.canaries.steer("abort", named(world), { reason: "enough" }, alice)
  await world.until("weight 0", () => world.weight === 0)
  await world.until("the end", async () => (await world.phase()) === "Failed")
  const log = await host.git(["log", "--format=%an %s%n%b", "main"], host.bare)
  expect(log).toContain("alice Resume podinfo at 10 %")
  expect(log).toContain("Serin-Cause: user alice")
  expect(log).toContain("aborted by user alice: enough")
  await world.canaries.steer("retry", named(world), {}, alice)
  await world.until("the first step", () => world.weight === 10)
})

test("git revert of the commit that started a delivery pauses it, also before the cluster has followed that commit", async () => {
  const world = await idle()
  world.stuck.add("podinfo-canary")
  await world.release("0.2.1")
  await world.until("the start", async () => (await world.commits()).includes("start 0"))
  await revertLast(world)
  world.world.core.parts.repositories.fetchNow(world.world.key)
  await world.until("a pause", async () => (await world.phase()) === "Paused")
  await world.until("the reason", () => /Git went back from state 2 to state 1/.test(world.message))
  expect(await world.commits()).toEqual(["adopt 0", "start 0", "pause 0"])
})

test("a version whose pods never become ready gets no traffic", async () => {
  const world = await idle()
  world.stuck.add("podinfo-canary")
  await world.release("0.2.9")
  await world.until("the wait", () => /rolls out on podinfo-canary: 0 of 2 pods ready/.test(world.message))
  expect(world.weight).toBe(0)
  world.stuck.clear()
  await world.until("the first step", () => world.weight === 10)
})

test("a canary that Git states badly says so, and is read again when it is mended", async () => {
  const world = await idle()
  const good = canaryFiles["cluster/steer.yaml"] ?? ""
  await world.world.push("break the canary", { "cluster/steer.yaml": good.replace("[10, 50, 100]", "[50, 10]") })
  await world.until("the reason", () => /weights have to rise/.test(world.message))
  await world.world.push("mend the canary", { "cluster/steer.yaml": good })
  await world.until("rest", () => world.message.startsWith("Nothing to deliver"))
})

const boundaries = [
  "push:before",
  "push:after",
  "delivery-status:before",
  "delivery-status:after",
  "protect:before",
  "protect:after",
]

test.each(boundaries)("an agent that ends at %s and its successor make one rollback of it", async (boundary) => {
  const world = await idle()
  world.observed.traffic.failing.set("podinfo-canary", 1)
  await world.canaries.close()
  await world.world.core.close()
  let dead = false
  await world.restart((reached) => {
    dead ||= reached.startsWith(boundary)
    // From here on the process is gone: nothing that it would do happens.
    return dead ? new Promise<never>(() => {}) : undefined
  })
  await world.release("0.2.2")
  await world.until(`${boundary} is reached`, () => dead)
  await world.restart()
  await world.until("the end", async () => (await world.phase()) === "Failed")
  expect(await world.commits()).toEqual(["adopt 0", "start 0", "step 10", "rollback 0", "restore 0"])
})

test.each([
  [2, "start 0", 0],
  [3, "step 10", 0],
  [4, "step 50", 10],
])(
  "an agent that ends between the push of state %i and remembering it, and a revert meanwhile: its successor pauses",
  async (seq, commit, weight) => {
    const world = await idle()
    await world.canaries.close()
    await world.world.core.close()
    let pushes = 0
    await world.restart((reached) => {
      if (reached === "push:after") pushes += 1
      return pushes >= seq - 1 ? new Promise<never>(() => {}) : undefined
    })
    await world.release("0.2.1")
    await world.until(`${commit} is pushed`, () => pushes >= seq - 1)
    expect((await world.commits()).at(-1)).toBe(commit)
    const before = await world.commits()
    await revertLast(world)
    await world.restart()
    await world.until("a pause", async () => (await world.phase()) === "Paused")
    await world.until("the reason", () => world.message.includes(`Git went back from state ${seq} to state ${seq - 1}`))
    expect(await world.commits()).toEqual([...before, `pause ${weight}`])
  },
)
