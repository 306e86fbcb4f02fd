import { expect, test } from "vitest"
import { command } from "../commands.ts"
import { canaryYaml, SimulatedWorld } from "../simulated-world.ts"
import { meaningOf } from "./answer.ts"
import type { CallKind } from "./memory.ts"

const at = (name: string): string => `https://hooks.example.com/${name}`
const hook = (name: string, type: string): string => `    - {name: ${name}, type: ${type}, url: "${at(name)}"}\n`
const hooks = (...lines: readonly string[]): string => `  hooks:\n${lines.join("")}`

function idle(more: string): SimulatedWorld {
  const world = new SimulatedWorld({ "cluster/podinfo/canary.yaml": canaryYaml("", more) })
  world.until("adoption", () => world.phase === "Idle")
  world.pass(1000)
  return world
}

const pass = (world: SimulatedWorld, seconds: number): void => {
  for (let second = 0; second < seconds; second += 1) world.pass(1000)
}
const callsOf = (world: SimulatedWorld, name: string) => world.calls.filter((one) => one.name === name)
const idsOf = (world: SimulatedWorld, name: string): string[] => [...new Set(callsOf(world, name).map(({ id }) => id))]
const promoted = (world: SimulatedWorld, tag: string) => () =>
  world.phase === "Idle" && world.rollout().stable.container.image === `podinfo:${tag}`

test("no weight leaves 0 before every pre-rollout hook has succeeded, with one id for each, and none is asked again after", () => {
  const world = idle(hooks(hook("smoke", "pre-rollout"), hook("other", "pre-rollout")))
  world.receivers.set("smoke", 423)
  world.setImage("canary", "podinfo:0.2.1")
  pass(world, 200)
  expect([world.phase, world.percent]).toEqual(["Waiting", 0])
  expect(world.decisions.at(-1)?.reason).toBe(
    "Before the first weight hook smoke has to succeed, and has not ended: hooks.example.com answered 423.",
  )
  expect(callsOf(world, "other")).toHaveLength(1)
  expect(idsOf(world, "smoke")).toHaveLength(1)
  // 1, 2, 4, 8, 16, then every 30 s.
  expect(callsOf(world, "smoke").length).toBeGreaterThan(8)
  expect(callsOf(world, "smoke").length).toBeLessThan(14)
  expect(callsOf(world, "smoke")[2]?.body).toMatchObject({
    kind: "pre-rollout",
    hook: "smoke",
    namespace: "test",
    canary: "podinfo",
    phase: "Waiting",
    step: 0,
    weight: 0,
    attempt: 3,
  })
  world.receivers.set("smoke", 200)
  world.until("the promotion", promoted(world, "0.2.1"))
  expect(callsOf(world, "smoke").every(({ weight }) => weight === 0)).toBe(true)
  expect(callsOf(world, "smoke").at(-1)?.body.step).toBe(0)
})

test("a share that was left from before goes away until the hook has succeeded", () => {
  const world = idle(hooks(hook("smoke", "pre-rollout")))
  world.receivers.set("smoke", 0)
  world.setWeights(95, 5)
  pass(world, 3)
  expect(world.percent).toBe(5)
  world.setImage("canary", "podinfo:0.2.1")
  pass(world, 60)
  expect([world.phase, world.percent]).toEqual(["Waiting", 0])
})

test("a pre-rollout hook that says no as often as a step may fail rejects the version; a retry asks anew", () => {
  const world = idle(hooks(hook("smoke", "pre-rollout")))
  world.receivers.set("smoke", 500)
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the end", () => world.phase === "Failed")
  expect(callsOf(world, "smoke")).toHaveLength(2)
  expect(world.rollout().delivery?.rejected).toMatchObject([
    { tag: "0.2.1", why: "hook smoke: hooks.example.com answered 500" },
  ])
  world.receivers.set("smoke", 200)
  const retry = command(world.situation(), { verb: "retry", cause: "user a" })
  if (retry.kind !== "edit") throw new Error(retry.kind)
  world.commit(retry.edit, "person")
  world.until("the promotion", promoted(world, "0.2.1"))
  expect(idsOf(world, "smoke")).toHaveLength(2)
})

test("a receiver that is away rejects nothing: no weight, and the sentence says who does not answer", () => {
  const world = idle(hooks(hook("smoke", "pre-rollout")))
  world.receivers.set("smoke", 503)
  world.setImage("canary", "podinfo:0.2.1")
  pass(world, 300)
  expect([world.phase, world.percent]).toEqual(["Waiting", 0])
  expect(world.decisions.at(-1)?.reason).toContain("does not answer: hooks.example.com answered 503")
})

test("gates by URL: no weight until the first opens, no promotion until the second does; checks go on meanwhile", () => {
  const world = idle(`  gates: {start: "${at("start")}", promote: {url: "${at("promote")}"}}\n`)
  world.receivers.set("start", 403).set("promote", 423)
  world.setImage("canary", "podinfo:0.2.1")
  pass(world, 100)
  expect([world.phase, world.percent]).toEqual(["Waiting", 0])
  expect(world.decisions.at(-1)?.reason).toBe(
    "Waiting until the gate to start podinfo:0.2.1 opens: hooks.example.com answered 403.",
  )
  world.receivers.set("start", 200)
  world.until("100 %", () => world.percent === 100)
  pass(world, 100)
  expect([world.phase, world.percent]).toEqual(["Progressing", 100])
  expect(world.decisions.at(-1)?.reason).toMatch(/^Waiting until the gate to promote podinfo:0\.2\.1 opens/)
  expect(idsOf(world, "promote")).toHaveLength(1)
  world.bad.set("podinfo:0.2.1", 1)
  world.until("the end", () => world.phase === "Failed")
  world.receivers.set("promote", 200)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the promotion", promoted(world, "0.2.2"))
  expect(idsOf(world, "promote")).toHaveLength(2)
})

test("a gate that has opened stays open: it is not asked again while the pods are still on their way", () => {
  const world = idle(`  gates: {start: "${at("start")}"}\n`)
  world.setImage("canary", "podinfo:0.2.1")
  for (let second = 0; second < 40; second += 1) {
    world.canary.ready = 0
    world.canary.fresh = 0
    world.pass(1000)
  }
  expect(callsOf(world, "start")).toHaveLength(1)
})

test("a during hook is asked once for each check, and as many noes as a step may fail roll back, also without traffic", () => {
  const world = idle(hooks(hook("load", "during")))
  world.setImage("canary", "podinfo:0.2.1")
  world.until("30 %", () => world.percent === 30)
  const checks = callsOf(world, "load").map(({ check }) => check)
  expect(checks).toEqual([1, 2])
  expect(new Set(idsOf(world, "load")).size).toBe(2)
  world.requestsPerSecond = 0
  world.receivers.set("load", 500)
  world.until("the protection", () => world.mark !== undefined)
  expect(world.mark?.reason).toBe("hook load: hooks.example.com answered 500")
  world.until("the end", () => world.phase === "Failed")
  expect(callsOf(world, "load")).toHaveLength(4)
})

test("a during hook that does not answer leaves the check without data: the weight is held", () => {
  const world = idle(hooks(hook("load", "during")))
  world.receivers.set("load", 0)
  world.setImage("canary", "podinfo:0.2.1")
  pass(world, 200)
  expect(world.percent).toBe(10)
  expect(world.decisions.at(-1)?.reason).toContain("no data (hook load: hooks.example.com does not answer)")
  world.receivers.set("load", 200)
  world.until("the next step", () => world.percent === 30)
})

test("checks whose hook was never asked, because no agent ran, do not count", () => {
  const world = idle(hooks(hook("load", "during")))
  world.setImage("canary", "podinfo:0.2.1")
  world.until("10 %", () => world.percent === 10)
  world.pass(1000)
  for (let second = 0; second < 60; second += 1) world.elapse(1000)
  const from = world.calls.length
  world.until("the next step", () => world.percent === 30)
  // One is due at once, another a check later.
  expect(world.calls.slice(from)).toHaveLength(2)
})

test("post-rollout and rollback hooks are told once each, and a rollback does not wait for them", () => {
  const world = idle(hooks(hook("done", "post-rollout"), hook("alarm", "rollback")))
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the promotion", promoted(world, "0.2.1"))
  pass(world, 30)
  expect(world.calls.map(({ name, body }) => [name, body.phase, body.reason])).toEqual([["done", "Idle", "promoted"]])
  world.bad.set("podinfo:0.2.2", 1)
  world.receivers.set("alarm", 0)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the end", () => world.phase === "Failed")
  world.receivers.set("alarm", 200)
  pass(world, 400)
  const told = callsOf(world, "alarm")
  expect(told.length).toBeGreaterThan(1)
  expect(idsOf(world, "alarm")).toHaveLength(1)
  expect(told.at(-1)?.body).toMatchObject({
    phase: "RollingBack",
    weight: 0,
    revision: expect.stringContaining("podinfo:0.2.2") as string,
    reason: "success-rate 0 % (limit ≥ 99 %)",
    attempt: told.length,
  })
})

test("a receiver that is away hears everything later, in order; what nobody takes for a day is given up", () => {
  const world = idle(hooks(hook("alarm", "rollback")))
  world.receivers.set("alarm", 0)
  for (const tag of ["0.2.1", "0.2.2"]) {
    world.bad.set(`podinfo:${tag}`, 1)
    world.setImage("canary", `podinfo:${tag}`)
    world.until("the end", () => world.phase === "Failed" && world.rollout().delivery?.revision.includes(tag) === true)
  }
  const from = world.calls.length
  world.receivers.set("alarm", 204)
  pass(world, 700)
  expect(world.calls.slice(from).map(({ body }) => body.revision.split("@")[0])).toEqual([
    "podinfo:0.2.1",
    "podinfo:0.2.2",
  ])
  world.receivers.set("alarm", 0)
  world.bad.set("podinfo:0.2.3", 1)
  world.setImage("canary", "podinfo:0.2.3")
  world.until("the end", () => world.rollout().delivery?.rejected.length === 3 && world.phase === "Failed")
  expect(world.status.hooks?.some(({ last }) => last?.answer === "none")).toBe(true)
  world.now += 25 * 3_600_000
  pass(world, 2)
  expect(world.status.hooks?.some(({ last }) => last?.answer === "none") ?? false).toBe(false)
})

test.each<[CallKind, number, string]>([
  ["promote", 200, "yes"],
  ["promote", 204, "yes"],
  ["promote", 202, "not-yet"],
  ["promote", 403, "not-yet"],
  ["during", 403, "no"],
  ["pre-rollout", 423, "not-yet"],
  ["during", 302, "none"],
  ["during", 304, "none"],
  ["during", 503, "none"],
  ["rollback", 404, "no"],
  ["during", 500, "no"],
])("%s, %i: %s", (kind, code, meaning) => {
  expect(meaningOf(kind, code)).toBe(meaning)
})
