import { expect, test } from "vitest"
import { command, type CanaryVerb } from "./commands.ts"
import { decide } from "./decide.ts"
import { canaryYaml, SimulatedWorld } from "./simulated-world.ts"

const canaryFile = "cluster/podinfo/canary.yaml"
const deliveryFile = "cluster/podinfo/podinfo.delivery.yaml"

/** Share of the canary after each of Serin's commits since `from`, with its kind. */
const shares = (world: SimulatedWorld, from = 0): string[] =>
  world.commits
    .slice(from)
    .filter((commit) => commit.by === "serin")
    .map((commit) => `${commit.kind} ${world.rollout(commit.tree).percent}`)

function idle(overrides: Record<string, string> = {}): SimulatedWorld {
  const world = new SimulatedWorld(overrides)
  world.until("adoption", () => world.phase === "Idle")
  world.pass(1000)
  return world
}

function wish(
  world: SimulatedWorld,
  verb: CanaryVerb,
  more: { weight?: number; tag?: string; reason?: string } = {},
): string {
  const result = command(world.situation(), { verb, cause: "user alice", ...more })
  if (result.kind === "refused") return result.reason
  if (result.kind === "protect") world.protect(result.reason, result.by)
  else expect(world.commit(result.edit, "person")).toMatchObject({ kind: "commit" })
  return "done"
}

test("a canary without a Delivery is adopted as it is, in a file of its own", () => {
  const world = idle()
  expect(shares(world)).toEqual(["adopt 0"])
  expect(world.tree.files.get(deliveryFile)).toContain("phase: Idle")
  expect(world.rollout().delivery).toMatchObject({ seq: 1, step: 0, owner: "here", replicas: { stable: 2, canary: 2 } })
  const before = world.commits.length
  for (let second = 0; second < 60; second += 1) expect(world.pass(1000).kind).toBe("wait")
  expect(world.commits.length).toBe(before)
})

test("a good image goes through every step, is promoted, and all edits touch only what they are about", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  const from = world.commits.length
  world.until("the end", () => world.phase === "Idle" && world.rollout().stable.container.image === "podinfo:0.2.1")
  expect(shares(world, from)).toEqual([
    "start 0",
    "step 10",
    "step 30",
    "step 60",
    "step 100",
    "promote 100",
    "promote 0",
    "promoted 0",
  ])
  expect(world.rollout().canary.replicas).toBe(0)
  expect(world.tree.files.get("cluster/podinfo/ga.yaml")).toContain("replicas: 2 # by hand")
  expect(world.commits.find(({ kind }) => kind === "step")?.reason).toMatch(
    /podinfo:0\.2\.1 gets 10 %: its pods are ready/,
  )
  expect(world.commits.filter(({ kind }) => kind === "step").at(-1)?.reason).toMatch(
    /2 good checks at 60 % \(success-rate 100/,
  )
})

test("a bad image is protected first, then rolled back by commits, and is never tried again", () => {
  const world = idle()
  world.bad.set("podinfo:0.2.2", 0.3)
  world.setImage("canary", "podinfo:0.2.2")
  const from = world.commits.length
  world.until("the protection", () => world.mark !== undefined)
  expect(world.percent).toBe(0)
  expect(world.rollout().percent).toBe(10)
  world.until("the end", () => world.phase === "Failed")
  expect(shares(world, from)).toEqual(["start 0", "step 10", "rollback 0", "restore 0"])
  expect(world.mark).toBeUndefined()
  const { delivery, canary } = world.rollout()
  expect(canary.container.image).toBe("podinfo:0.2.0")
  expect(delivery?.rejected).toMatchObject([{ tag: "0.2.2", why: "success-rate 70 % (limit ≥ 99 %)" }])
  expect(world.commits.find(({ kind }) => kind === "rollback")?.reason).toContain("success-rate 70 % (limit ≥ 99 %)")
  world.setImage("canary", "podinfo:0.2.2")
  world.until("a pause", () => world.phase === "Paused")
  expect(world.rollout().delivery?.hold?.reason).toContain("was rejected (success-rate 70 %")
  expect(wish(world, "resume")).toContain("`serin canary retry`")
})

test("after a rollback a newer image begins a new delivery with the pods it needs", () => {
  const world = idle()
  world.bad.set("podinfo:0.2.2", 1)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the end", () => world.phase === "Failed")
  expect(world.rollout().canary.replicas).toBe(0)
  world.setImage("canary", "podinfo:0.2.3")
  world.until("the promotion", () => world.rollout().stable.container.image === "podinfo:0.2.3")
  expect(world.rollout().delivery?.rejected).toMatchObject([{ tag: "0.2.2" }])
})

test("killed between the reason and the protection, or before the commit, the rollback still happens", () => {
  const world = idle()
  world.bad.set("podinfo:0.2.2", 1)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the protection", () => world.mark !== undefined)
  world.mark = undefined
  world.weights = [90, 10]
  world.prometheusUp = false
  expect(world.reconcile()).toMatchObject({ kind: "protect", reason: "success-rate 0 % (limit ≥ 99 %)" })
  expect(world.percent).toBe(0)
  expect(world.reconcile()).toMatchObject({ kind: "edit", event: "rollback", urgent: true })
})

test("a person's commit of weights during the protection ends it and pauses", () => {
  const world = idle()
  world.bad.set("podinfo:0.2.2", 1)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the protection", () => world.mark !== undefined)
  world.setWeights(95, 5)
  world.until("a pause", () => world.phase === "Paused")
  expect(world.percent).toBe(5)
  expect(world.mark).toBeUndefined()
})

test("without data the weight is held, and the sentence shows how much there was", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  world.requestsPerSecond = 1
  for (let second = 0; second < 120; second += 1) world.pass(1000)
  expect(world.percent).toBe(10)
  expect(world.decisions.at(-1)?.reason).toBe(
    "10 %: 0 of 2 checks good; the last one had no data (0.5 requests, 20 needed), so the weight is held.",
  )
  world.requestsPerSecond = 100
  world.until("the next step", () => world.percent === 30)
})

test("no step is taken on a weight that proxies do not show; the wait says so, and ends when they do", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the second step", () => world.percent === 30)
  world.proxiesAt = 10
  const commits = world.commits.length
  for (let second = 0; second < 120; second += 1) world.pass(1000)
  expect(world.commits.length).toBe(commits)
  expect(world.decisions.at(-1)?.reason).toBe(
    "30 %: 0 of 2 checks good; the cluster has weight 30, but proxies still send 10 % of the requests to podinfo-canary; the weight is held until they follow. Look whether istiod runs and reaches them; `analysis.split: ignore` is for sides that get most requests past the route.",
  )
  world.proxiesAt = undefined
  world.until("the end", () => world.rollout().stable.container.image === "podinfo:0.2.1")
  expect(world.commits.some(({ kind }) => kind === "rollback")).toBe(false)
})

test("a first step that proxies do not show is no lack of data, also where that would fail", () => {
  const world = idle({ [canaryFile]: canaryYaml(", noData: fail") })
  world.proxiesAt = 0
  world.setImage("canary", "podinfo:0.2.1")
  for (let second = 0; second < 120; second += 1) world.pass(1000)
  expect(world.phase).toBe("Progressing")
  expect(world.decisions.at(-1)?.reason).toContain("proxies still send 0 % of the requests to podinfo-canary")
})

test("a version that is bad at the share that it has is taken back, whatever share that is", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the second step", () => world.percent === 30)
  world.proxiesAt = 10
  world.bad.set("podinfo:0.2.2", 0.3)
  world.until("the protection", () => world.mark !== undefined)
})

test("what keeps the cluster from taking a commit is said", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  world.status = { ...world.status, live: { seq: 1, at: new Date(world.now).toISOString() } }
  expect(decide({ ...world.situation(), lagging: "the webhook does not answer" }, world.now).reason).toBe(
    "Committed (weights 90/10, state 3); waiting until the cluster has taken it: the webhook does not answer",
  )
})

test("no data fails where the Canary says so", () => {
  const world = idle({ [canaryFile]: canaryYaml(", noData: fail") })
  world.requestsPerSecond = 1
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the end", () => world.phase === "Failed")
  expect(world.rollout().delivery?.rejected[0]?.why).toBe("no data (0.5 requests, 20 needed)")
})

test("while Prometheus is away the weight is held, and goes on when it is back", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  world.prometheusUp = false
  for (let second = 0; second < 120; second += 1) world.pass(1000)
  expect(world.decisions.at(-1)?.reason).toBe("Holding at 10 %: Prometheus does not answer.")
  world.prometheusUp = true
  world.until("the promotion", () => world.phase === "Promoting")
})

test("an interval with corrected drift is not counted", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  const live = Date.parse(world.status.live?.at ?? "")
  world.status = { ...world.status, disturbed: [new Date(live + 5000).toISOString()] }
  world.until("the next step", () => world.percent === 30)
  // Warm-up, the disturbed interval, two good ones, lag.
  expect(world.now - live).toBeGreaterThanOrEqual(3000 + 3 * 5000 + 1000)
})

test("pods that never become ready: the image is rejected when the deadline is over", () => {
  const world = idle()
  world.roll = () => undefined
  world.setImage("canary", "podinfo:broken")
  world.until("the end", () => world.phase === "RollingBack" || world.phase === "Failed", 120)
  expect(world.rollout().delivery?.rejected[0]?.why).toBe("podinfo-canary: its rollout did not end in time")
  expect(world.commits.every((commit) => world.rollout(commit.tree).percent === 0)).toBe(true)
})

test("when neither side has a pod left the weights stay, as nobody could take them, and it goes on when pods are back", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the second step", () => world.percent === 30)
  const commits = world.commits.length
  for (const pods of [world.stable, world.canary]) Object.assign(pods, { ready: 0, fresh: 0 })
  expect(world.reconcile()).toMatchObject({
    kind: "wait",
    reason: expect.stringMatching(/^No pod of podinfo-canary is ready, nor of podinfo-ga/) as string,
  })
  expect(world.commits.length).toBe(commits)
  world.until("the next step", () => world.percent === 60)
  expect(world.commits.slice(commits).map(({ kind }) => kind)).toEqual(["step"])
})

test("when the canary loses all pods its share goes back, and the same step is taken again", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the second step", () => world.percent === 30)
  const from = world.commits.length
  world.canary.ready = 0
  world.canary.fresh = 0
  world.reconcile()
  world.until("the third step", () => world.percent === 60)
  expect(shares(world, from)).toEqual(["hold 0", "step 30", "step 60"])
})

test("a version whose pods are all gone and whose checks are bad is protected from first: no commit has to come through", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until(
    "a check at 10 %",
    () => world.percent === 10 && world.decisions.at(-1)?.reason.includes("1 of 2") === true,
  )
  const situation = world.situation()
  const { live, checks } = situation
  const { stable, canary } = live
  const [check] = checks.ok ? checks.list : []
  if (check === undefined || canary === undefined || stable === undefined) throw new Error("there was no check")
  const lost = (bad: number, ready: number) => {
    const list = Array.from({ length: bad }, () => ({ ...check, verdict: "bad" as const }))
    const sides = { stable: { ...stable, ready }, canary: { ...canary, ready: 0 } }
    return decide({ ...situation, live: { ...live, ...sides }, checks: { ok: true, list } }, world.now)
  }
  expect(lost(2, 2)).toMatchObject({ kind: "protect" })
  expect(lost(1, 2)).toMatchObject({ kind: "edit", event: "hold" })
  // Nobody could take the traffic.
  expect(lost(2, 0)).toMatchObject({ kind: "wait" })
})

test("more weight waits for more pods", () => {
  const few = {
    "cluster/podinfo/ga.yaml":
      new SimulatedWorld().tree.files.get("cluster/podinfo/ga.yaml")?.replace("replicas: 2", "replicas: 10") ?? "",
  }
  const world = idle(few)
  world.until("ten pods", () => world.stable.ready === 10)
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the promotion", () => world.phase === "Promoting")
  for (const commit of world.commits.filter(({ kind }) => kind === "step"))
    expect(commit.liveBefore.ready).toBeGreaterThanOrEqual((world.rollout(commit.tree).percent * 10) / 100)
})

test("a human's git revert wins: the engine yields, pauses, says so, and keeps what was rejected", () => {
  const world = idle()
  world.bad.set("podinfo:0.2.2", 1)
  world.setImage("canary", "podinfo:0.2.2")
  world.until("the end", () => world.phase === "Failed")
  world.pass(1000)
  world.revert()
  world.until("a pause", () => world.phase === "Paused")
  const { delivery } = world.rollout()
  expect(delivery?.hold).toMatchObject({ by: "person", reason: expect.stringContaining("Git went back from state") })
  expect(delivery?.rejected).toMatchObject([{ tag: "0.2.2" }])
  const before = world.commits.length
  for (let second = 0; second < 60; second += 1) world.pass(1000)
  expect(world.commits.length).toBe(before)
})

test("an edit of the weights by hand during a delivery pauses it there; resume goes on from there", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  world.setWeights(50, 50)
  world.until("a pause", () => world.phase === "Paused")
  expect(world.percent).toBe(50)
  const from = world.commits.length
  expect(wish(world, "resume")).toBe("done")
  world.until("the end", () => world.phase === "Idle")
  expect(shares(world, from)).toEqual(["step 60", "step 100", "promote 100", "promote 0", "promoted 0"])
})

test("at rest an edit by hand is taken over without a pause", () => {
  const world = idle()
  world.setWeights(90, 10)
  world.until("the adoption", () => world.commits.at(-1)?.kind === "adopt")
  expect(world.phase).toBe("Idle")
  world.setImage("canary", "podinfo:0.2.1")
  const from = world.commits.length
  world.until("the second step", () => world.percent === 30)
  expect(shares(world, from)).toEqual(["start 10", "step 10", "step 30"])
})

test("a newer image during a delivery: waits by a pause, or restarts where the Canary says so", () => {
  const waiting = idle()
  waiting.setImage("canary", "podinfo:0.2.1")
  waiting.until("the second step", () => waiting.percent === 30)
  waiting.setImage("canary", "podinfo:0.2.3")
  waiting.until("a pause", () => waiting.phase === "Paused")
  expect(waiting.rollout().delivery).toMatchObject({
    revision: expect.stringContaining("0.2.3"),
    previous: expect.stringContaining("0.2.0"),
  })

  const restarting = idle({ [canaryFile]: canaryYaml("", "  onNewImage: restart\n") })
  restarting.setImage("canary", "podinfo:0.2.1")
  restarting.until("the second step", () => restarting.percent === 30)
  const from = restarting.commits.length
  restarting.setImage("canary", "podinfo:0.2.3")
  restarting.until("the promotion", () => restarting.rollout().stable.container.image === "podinfo:0.2.3")
  expect(shares(restarting, from).slice(0, 2)).toEqual(["start 0", "step 10"])
  expect(restarting.rollout().delivery?.previous).toContain("podinfo:0.2.0")
})

test("manual gates wait for a person, and a planned stop still watches", () => {
  const gated = idle({ [canaryFile]: canaryYaml("", "  gates: {start: manual, promote: manual}\n") })
  gated.setImage("canary", "podinfo:0.2.1")
  gated.until("the start gate", () => gated.phase === "Paused")
  expect(wish(gated, "resume")).toBe("done")
  gated.until("the promotion gate", () => gated.phase === "Paused")
  expect(gated.percent).toBe(100)
  expect(wish(gated, "promote")).toBe("done")
  gated.until("the end", () => gated.phase === "Idle")

  const stop = canaryYaml().replace("[10, 30, 60, 100]", "[10, {weight: 30, pause: true}, 100]")
  const paused = idle({ [canaryFile]: stop })
  paused.setImage("canary", "podinfo:0.2.2")
  paused.until("the planned stop", () => paused.phase === "Paused" && paused.percent === 30)
  paused.bad.set("podinfo:0.2.2", 0.5)
  paused.until("the rollback", () => paused.phase === "Failed")
})

test("a step stays as long as it says", () => {
  const world = idle({ [canaryFile]: canaryYaml().replace("[10, 30,", "[{weight: 10, for: 5m}, 30,") })
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  const since = world.now
  world.until("the second step", () => world.percent === 30)
  expect(world.now - since).toBeGreaterThanOrEqual(300_000)
})

test("a step that lasts longer, and a promotion that waits for a gate, look at each check when it is due", () => {
  const lasting = canaryYaml("", '  gates: {promote: "https://a.org/promote"}\n')
  const world = idle({ [canaryFile]: lasting.replace("[10, 30, 60, 100]", "[{weight: 10, for: 5m}, 100]") })
  world.receivers.set("promote", 423)
  world.setImage("canary", "podinfo:0.2.1")
  const { intervalMs, warmupMs, lagMs } = world.rollout().spec.analysis
  const waits = (reason: string) => {
    world.until(reason, () => world.decisions.at(-1)?.reason.includes(reason) === true)
    return Array.from({ length: 100 }, () => {
      const decision = world.pass(1000)
      return decision.kind === "wait" && decision.until !== undefined ? decision.until - world.now : 0
    })
  }
  for (const reason of ["lasts a while longer", "the gate to promote podinfo:0.2.1"])
    expect(Math.max(...waits(reason))).toBeLessThanOrEqual(intervalMs + warmupMs + lagMs)
  world.bad.set("podinfo:0.2.1", 0.5)
  world.until("the rollback", () => world.phase === "Failed")
})

test("people's commands: pause, set-weight, promote, abort, retry, clear-rejected", () => {
  const world = idle()
  expect(wish(world, "pause")).toBe("There is nothing to pause: the canary is Idle.")
  expect(wish(world, "abort")).toBe("There is nothing to abort: the canary is Idle.")
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the first step", () => world.percent === 10)
  expect(wish(world, "pause", { reason: "lunch" })).toBe("done")
  expect(world.rollout().delivery?.hold?.reason).toContain("by user alice (lunch)")
  world.pass(1000)
  expect(wish(world, "set-weight", { weight: 101 })).toContain("whole number from 0 to 100")
  expect(wish(world, "set-weight", { weight: 60 })).toBe("done")
  world.pass(1000)
  expect(world.percent).toBe(60)
  expect(wish(world, "abort", { reason: "looks odd" })).toBe("done")
  expect(world.percent).toBe(0)
  world.until("the end", () => world.phase === "Failed")
  expect(world.rollout().delivery?.rejected[0]?.why).toBe("aborted by user alice: looks odd")
  expect(wish(world, "clear-rejected", { tag: "9" })).toContain("9 is not among the rejected")
  expect(wish(world, "retry")).toBe("done")
  world.until("the first step again", () => world.percent === 10)
  expect(wish(world, "promote")).toBe("done")
  world.until("the end", () => world.phase === "Idle")
  expect(world.rollout().stable.container.image).toBe("podinfo:0.2.1")
})

test("if the stable side breaks during the promotion, the canary keeps the traffic and a person is called", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.until("the promotion", () => world.phase === "Promoting")
  const roll = world.roll.bind(world)
  world.roll = () => undefined
  for (let second = 0; second < 120; second += 1) world.pass(1000)
  expect(world.percent).toBe(100)
  expect(world.decisions.at(-1)).toMatchObject({ kind: "wait", alert: true })
  world.roll = roll
  world.until("the end", () => world.phase === "Idle")
  expect(world.percent).toBe(0)
})

test("pods change only once nothing is sent to them any more", () => {
  const world = idle()
  world.lingering = 3
  world.setImage("canary", "podinfo:0.2.1")
  world.until("all traffic", () => world.percent === 100)
  for (let second = 0; second < 60; second += 1) world.pass(1000)
  expect(world.decisions.at(-1)?.reason).toBe(
    "Waiting until podinfo-ga is without requests: the cluster has weight 0 for it, and proxies sent it 3 requests within 5 s.",
  )
  expect(wish(world, "abort")).toBe("done")
  world.until("the rollback", () => world.phase === "RollingBack")
  for (let second = 0; second < 60; second += 1) world.pass(1000)
  expect(world.rollout().canary.container.image).toBe("podinfo:0.2.1")
  world.prometheusUp = false
  world.lingering = 0
  world.pass(1000)
  expect(world.decisions.at(-1)?.reason).toContain("Prometheus does not answer")
  world.prometheusUp = true
  world.until("the end", () => world.phase === "Failed")
})

test("another cluster's canary is followed, not steered, until it is taken over", () => {
  const world = idle()
  const delivery = world.tree.files.get(deliveryFile) ?? ""
  world.write([{ path: deliveryFile, content: delivery.replace("owner: here", "owner: there") }], {
    kind: "owner",
    by: "person",
  })
  world.setImage("canary", "podinfo:0.2.1")
  expect(world.pass(1000)).toMatchObject({ kind: "wait", reason: expect.stringContaining("Steered by cluster there") })
  expect(wish(world, "pause")).toContain("Cluster there steers")
  expect(wish(world, "adopt")).toBe("done")
  expect(world.rollout().delivery?.owner).toBe("here")
})

test("an edit decided on one state is obsolete on another", () => {
  const world = idle()
  world.setImage("canary", "podinfo:0.2.1")
  world.sync()
  world.reconcile()
  world.until("ready", () => world.percent === 10)
  const decision = command(world.situation(), { verb: "pause", cause: "user alice" })
  world.setWeights(80, 20)
  expect(decision.kind === "edit" && decision.edit(world.tree)).toMatchObject({ kind: "obsolete" })
})
