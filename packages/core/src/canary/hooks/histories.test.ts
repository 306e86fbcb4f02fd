import fc from "fast-check"
import { expect, test } from "vitest"
import { command } from "../commands.ts"
import { decide } from "../decide.ts"
import { canaryYaml, SimulatedWorld, type Commit } from "../simulated-world.ts"
import { idInDelivery } from "./call.ts"
import type { CallKind } from "./memory.ts"

const hook = (name: string, type: string): string =>
  `    - {name: ${name}, type: ${type}, url: "https://a.org/${name}"}\n`
const spec = `  gates: {start: "https://a.org/start", promote: "https://a.org/promote"}
  hooks:
${hook("smoke", "pre-rollout")}${hook("load", "during")}${hook("done", "post-rollout")}${hook("alarm", "rollback")}`

const names = ["start", "promote", "smoke", "load", "done", "alarm"] as const
type Happening =
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "image"; readonly version: number; readonly bad: boolean }
  | { readonly kind: "receiver"; readonly name: (typeof names)[number]; readonly code: number }
  | { readonly kind: "abort" | "pods" | "killed-after-call" | "killed-after-push" }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    arbitrary: fc.record({ kind: fc.constant("time" as const), seconds: fc.integer({ min: 1, max: 40 }) }),
    weight: 3,
  },
  fc.record({ kind: fc.constant("image" as const), version: fc.integer({ min: 1, max: 6 }), bad: fc.boolean() }),
  {
    arbitrary: fc.record({
      kind: fc.constant("receiver" as const),
      name: fc.constantFrom(...names),
      code: fc.constantFrom(200, 200, 202, 403, 423, 500, 503, 0),
    }),
    weight: 2,
  },
  fc.record({ kind: fc.constantFrom("abort", "pods", "killed-after-call", "killed-after-push") }),
)

function happen(world: SimulatedWorld, one: Happening): void {
  switch (one.kind) {
    case "time":
      for (let second = 0; second < one.seconds; second += 1) world.pass(1000)
      return
    case "image": {
      const image = `podinfo:1.0.${one.version}`
      if (one.bad) world.bad.set(image, 0.3)
      if (world.rollout().canary.container.image !== image) world.setImage("canary", image)
      return
    }
    case "receiver":
      world.receivers.set(one.name, one.code)
      return
    case "abort": {
      const result = command(world.situation(), { verb: "abort", cause: "user a" })
      if (result.kind === "protect") world.protect(result.reason, result.by)
      return
    }
    case "pods":
      world.canary.ready = 0
      world.canary.fresh = 0
      return
    case "killed-after-call":
      world.call(world.look())
      return
    case "killed-after-push":
      world.reconcileAndDie()
      return
  }
}

function worldAfter(happenings: readonly Happening[]): SimulatedWorld {
  const world = new SimulatedWorld({ "cluster/podinfo/canary.yaml": canaryYaml("", spec) })
  world.until("adoption", () => world.phase === "Idle")
  world.pass(1000)
  for (const one of happenings) {
    happen(world, one)
    const situation = world.situation()
    const decision = decide(situation, world.now)
    expect({ ...decide(situation, world.now), edit: undefined }).toEqual({ ...decision, edit: undefined })
    world.pass(1000)
  }
  return world
}

/** Serin's commits with what was there before each. */
const edits = (world: SimulatedWorld): (readonly [now: Commit, before: Commit])[] =>
  world.commits.flatMap((commit, index) => {
    const before = world.commits[index - 1]
    return commit.by === "serin" && before !== undefined ? [[commit, before] as const] : []
  })

const phaseIn = (world: SimulatedWorld, { tree }: Commit) => world.rollout(tree).delivery?.phase

test("in any history weight leaves 0, and the stable side changes, only with the consent of this delivery's hooks and gates", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
      const world = worldAfter(happenings)
      for (const [commit, before] of edits(world)) {
        const rollout = world.rollout(before.tree)
        const { delivery } = rollout
        if (delivery === undefined) continue
        const agreed = (kind: CallKind, name: string): boolean =>
          world.agreed.has(idInDelivery(rollout, "here", delivery, { kind, name }))
        if (commit.kind === "step" && delivery.step === 0) {
          expect([agreed("start", "start"), agreed("pre-rollout", "smoke")]).toEqual([true, true])
          expect(rollout.percent).toBe(0)
        }
        if (commit.kind === "promote" && delivery.phase !== "Promoting") expect(agreed("promote", "promote")).toBe(true)
      }
    }),
    { numRuns: 25 },
  )
}, 60_000)

test("in any history each end is told once it can be, under an id of its own, and nothing else is", () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 12 }), (happenings) => {
      const world = worldAfter(happenings)
      for (const name of names) world.receivers.set(name, 200)
      world.until("rest", () => ["Idle", "Failed", "Paused"].includes(world.phase) && world.pass(1000).kind === "wait")
      // The longest pause between two attempts, for each of the messages that may wait behind one another.
      for (let attempt = 0; attempt < happenings.length + 1; attempt += 1) {
        world.now += 300_000
        world.pass(1000)
      }
      const told = (name: string): number =>
        new Set(world.calls.filter((one) => one.name === name).map(({ id }) => id)).size
      const entered = (phase: string, from: (before: string | undefined) => boolean): number =>
        edits(world).filter(([now, before]) => phaseIn(world, now) === phase && from(phaseIn(world, before))).length
      expect(told("alarm")).toBe(entered("RollingBack", (before) => before !== "RollingBack"))
      expect(told("done")).toBe(entered("Idle", (before) => before === "Promoting"))
    }),
    { numRuns: 20 },
  )
}, 60_000)

test("however the receivers behave, a bad version loses its weight within the same number of looks", () => {
  const looksUntilProtected = (receivers: readonly (readonly [string, number])[]): number => {
    const world = worldAfter([])
    world.bad.set("podinfo:1.0.1", 1)
    world.setImage("canary", "podinfo:1.0.1")
    world.until("10 %", () => world.percent === 10)
    for (const [name, code] of receivers) world.receivers.set(name, code)
    const from = world.decisions.length
    world.until("the protection", () => world.mark !== undefined)
    return world.decisions.length - from
  }
  const usual = looksUntilProtected([])
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("promote", "smoke", "done", "alarm"), fc.constantFrom(0, 423, 500, 503))),
      (receivers) => {
        expect(looksUntilProtected(receivers)).toBe(usual)
      },
    ),
    { numRuns: 8 },
  )
})
