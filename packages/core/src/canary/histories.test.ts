import fc from "fast-check"
import { expect, test } from "vitest"
import { command, type CanaryVerb } from "./commands.ts"
import { decide } from "./decide.ts"
import { protectOf } from "./protect.ts"
import { SimulatedWorld, type Commit } from "./simulated-world.ts"
import { shareOf, weightBefore } from "./split.ts"

/** What may happen between two looks of the agent, in any order. */
type Happening =
  | { readonly kind: "time"; readonly seconds: number }
  | { readonly kind: "image"; readonly version: number; readonly bad: boolean }
  | { readonly kind: "weights"; readonly canary: number }
  | { readonly kind: "command"; readonly verb: CanaryVerb; readonly weight: number }
  | { readonly kind: "prometheus" | "traffic" | "proxies" | "revert" | "pods" | "restart" | "late-sync" }

const verbs = ["pause", "resume", "promote", "abort", "retry", "set-weight", "clear-rejected"] as const

const time = fc.record({ kind: fc.constant("time" as const), seconds: fc.integer({ min: 1, max: 40 }) })
const image = fc.record({
  kind: fc.constant("image" as const),
  version: fc.integer({ min: 1, max: 6 }),
  bad: fc.boolean(),
})
const upset: fc.Arbitrary<Happening> = fc.record({
  kind: fc.constantFrom("prometheus", "traffic", "proxies", "pods", "restart", "late-sync"),
})
const person: fc.Arbitrary<Happening> = fc.oneof(
  fc.record({ kind: fc.constant("weights" as const), canary: fc.integer({ min: 0, max: 100 }) }),
  fc.record({
    kind: fc.constant("command" as const),
    verb: fc.constantFrom(...verbs),
    weight: fc.integer({ min: 0, max: 100 }),
  }),
  fc.constant<Happening>({ kind: "revert" }),
)

function happen(world: SimulatedWorld, happening: Happening): void {
  switch (happening.kind) {
    case "time":
      for (let second = 0; second < happening.seconds; second += 1) world.pass(1000)
      return
    case "image": {
      const image = `podinfo:1.0.${happening.version}`
      if (happening.bad) world.bad.set(image, 0.3)
      if (world.rollout().canary.container.image !== image) world.setImage("canary", image)
      return
    }
    case "weights":
      return world.setWeights(100 - happening.canary, happening.canary)
    case "command": {
      const result = command(world.situation(), { verb: happening.verb, cause: "user a", weight: happening.weight })
      if (result.kind === "edit") world.commit(result.edit, "person")
      if (result.kind === "protect") world.protect(result.reason, result.by)
      return
    }
    case "prometheus":
      world.prometheusUp = !world.prometheusUp
      return
    case "traffic":
      world.requestsPerSecond = world.requestsPerSecond === 0 ? 100 : 0
      return
    case "proxies":
      world.proxiesAt = world.proxiesAt === undefined ? world.percent : undefined
      return
    case "revert":
      return world.commits.length > 3 ? world.revert() : undefined
    case "pods":
      world.canary.ready = 0
      world.canary.fresh = 0
      return
    case "restart":
      // Nothing is remembered outside Git and the cluster: looking twice in a row is what a restart does.
      world.reconcile()
      return
    case "late-sync":
      world.now += 1000
      world.reconcile()
      return
  }
}

const side = (world: SimulatedWorld, commit: Commit, which: "stable" | "canary") =>
  world.rollout(commit.tree)[which].container.image

/** What must hold for every commit of Serin, whatever happened around it. */
function inspect(world: SimulatedWorld): void {
  const steps = [10, 30, 60, 100]
  for (const [index, commit] of world.commits.entries()) {
    const before = world.commits[index - 1]
    if (commit.by !== "serin" || before === undefined) continue
    const now = world.rollout(commit.tree)
    const was = world.rollout(before.tree)
    expect(now.route.weights.reduce((sum, one) => sum + one, 0)).toBe(100)
    expect(now.delivery?.seq ?? 0).toBeGreaterThan(was.delivery?.seq ?? 0)
    if (now.percent > was.percent && commit.kind === "step") {
      // Never skips: at most to the next step above, or again to one that was taken already.
      const next = steps.find((weight) => weight > was.percent) ?? 100
      const again = steps[Math.max(0, (was.delivery?.step ?? 1) - 1)] ?? 0
      expect(now.percent).toBeLessThanOrEqual(Math.max(next, again))
      expect(commit.liveBefore.ready).toBeGreaterThan(0)
      // Never from a weight that proxies do not show.
      const share = shareOf(commit.liveBefore.traffic)
      if (was.percent > 0 && share !== undefined) expect(share).toBeGreaterThan(weightBefore(was.spec, was.percent))
    }
    if (side(world, commit, "stable") !== side(world, before, "stable")) {
      expect(commit.kind).toBe("promote")
      expect(was.percent).toBe(100)
      expect(commit.liveBefore.percent).toBe(100)
      expect(commit.liveBefore.traffic.stable).toBe(0)
    }
    if (side(world, commit, "canary") !== side(world, before, "canary")) {
      expect(commit.liveBefore.percent).toBe(0)
      expect(commit.liveBefore.traffic.canary).toBe(0)
    }
    if (commit.kind === "start") {
      const tag = side(world, commit, "canary").split(":")[1]
      expect(was.delivery?.rejected.map((one) => one.tag)).not.toContain(tag)
    }
    // Serin never forgets what was rejected.
    for (const one of was.delivery?.rejected ?? [])
      expect(now.delivery?.rejected.map((kept) => kept.tag)).toContain(one.tag)
  }
}

function worldAfter(happenings: readonly Happening[]): SimulatedWorld {
  const world = new SimulatedWorld()
  world.until("adoption", () => world.phase === "Idle")
  world.pass(1000)
  for (const happening of happenings) {
    happen(world, happening)
    const situation = world.situation()
    const decision = decide(situation, world.now)
    expect(decision.reason.length).toBeGreaterThan(10)
    expect({ ...decide(situation, world.now), edit: undefined }).toEqual({ ...decision, edit: undefined })
    world.pass(1000)
  }
  return world
}

test("in any history no step is skipped, no pods change under traffic, nothing rejected comes back", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: time, weight: 3 }, image, upset, person), { maxLength: 14 }),
      (happenings) => {
        inspect(worldAfter(happenings))
      },
    ),
    { numRuns: 30 },
  )
})

test("a git revert of any commit of Serin's is followed by a pause, whatever came before and however soon it comes", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: time, weight: 3 }, image, upset, person), { maxLength: 10 }),
      (happenings) => {
        const world = worldAfter(happenings)
        const last = world.commits.at(-1)
        fc.pre(world.commits.length > 3 && last?.by === "serin")
        // A rollback under way comes before everything, also before a revert.
        fc.pre(world.mark === undefined && world.status.protect === undefined)
        const back = world.rollout(world.commits.at(-2)?.tree)
        world.revert()
        const from = world.commits.length
        for (let second = 0; second < 30; second += 1) world.pass(1000)
        expect(world.commits.slice(from).map(({ kind }) => kind)).toEqual(["pause"])
        expect(world.rollout().route.weights).toEqual(back.route.weights)
        expect(world.rollout().delivery?.hold?.reason).toMatch(/^Git went back from state/)
      },
    ),
    { numRuns: 40 },
  )
})

test("a git revert of any commit of Serin's is respected, also when the agent was killed before anything remembered that commit", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: time, weight: 3 }, image, upset, person), { maxLength: 10 }),
      fc.integer({ min: 1, max: 5 }),
      (happenings, downFor) => {
        const world = worldAfter(happenings)
        for (let second = 0; second < 60 && world.reconcileAndDie().kind !== "edit"; second += 1) world.elapse(1000)
        const last = world.commits.at(-1)
        // An adoption has nothing to go back to, and a rollback under way comes before everything.
        fc.pre(last?.by === "serin" && last.kind !== "adopt")
        fc.pre(world.mark === undefined && world.status.protect === undefined)
        const back = world.rollout(world.commits.at(-2)?.tree)
        world.revert()
        for (let second = 0; second < downFor; second += 1) world.elapse(1000)
        const from = world.commits.length
        for (let second = 0; second < 30; second += 1) world.pass(1000)
        expect(world.commits.slice(from).map(({ kind }) => kind)).toEqual(["pause"])
        expect(world.rollout().route.weights).toEqual(back.route.weights)
        expect(world.rollout().delivery?.hold?.reason).toMatch(/^Git went back from state/)
      },
    ),
    { numRuns: 40 },
  )
})

test("a person's abort is kept, also when a commit of Serin's was on its way as they gave it", () => {
  // Start and steps; after the last of them the stable side is changed, and there is nothing to abort any more.
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.boolean(), (edits, handsOn) => {
      const world = worldAfter([])
      world.setImage("canary", "podinfo:1.0.1")
      const before = world.commits.length
      world.until("some edits", () => world.commits.length === before + edits)
      let next = world.look()
      while (next.kind !== "edit") {
        world.elapse(1000)
        next = world.look()
      }
      const abort = command(world.situation(), { verb: "abort", cause: "user a" })
      if (abort.kind !== "protect") throw new Error(abort.kind)
      world.status = { ...world.status, protect: protectOf(world.rollout(), abort.reason, abort.by) }
      world.commit(next.edit, "serin")
      // A human's commit after the abort is another matter: it wins.
      if (handsOn) world.setWeights(77, 23)
      world.until("the answer", () => ["Paused", "Failed"].includes(world.phase))
      for (let second = 0; second < 20; second += 1) world.pass(1000)
      expect(world.phase).toBe(handsOn ? "Paused" : "Failed")
      expect(world.percent).toBe(handsOn ? 23 : 0)
    }),
    { numRuns: 12 },
  )
})

test("without people's hands every image ends as promoted or as rejected, by what its requests showed", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof({ arbitrary: time, weight: 2 }, upset), { maxLength: 8 }),
      fc.boolean(),
      (upsets, bad) => {
        const world = worldAfter([{ kind: "image", version: 1, bad }, ...upsets])
        world.prometheusUp = true
        world.requestsPerSecond = 100
        world.proxiesAt = undefined
        world.until("the end", () => world.phase === "Idle" || world.phase === "Failed")
        world.until("rest", () => world.pass(1000).kind === "wait", 20)
        inspect(world)
        expect(world.phase).toBe(bad ? "Failed" : "Idle")
        expect(world.percent).toBe(0)
        expect(world.rollout().stable.container.image).toBe(bad ? "podinfo:0.1.0" : "podinfo:1.0.1")
        expect(world.rollout().canary.container.image).toBe(bad ? "podinfo:0.2.0" : "podinfo:1.0.1")
      },
    ),
    { numRuns: 20 },
  )
})

test("a bad image never gets beyond the first step, and no promotion follows bad checks", () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(time, upset), { maxLength: 10 }), (upsets) => {
      const world = worldAfter([{ kind: "image", version: 1, bad: true }, ...upsets])
      for (const commit of world.commits) {
        if (commit.by !== "serin" || side(world, commit, "canary") !== "podinfo:1.0.1") continue
        expect(world.rollout(commit.tree).percent).toBeLessThanOrEqual(10)
        expect(side(world, commit, "stable")).toBe("podinfo:0.1.0")
      }
    }),
    { numRuns: 20 },
  )
})
