import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { liveWeights } from "../../../packages/cli/src/story/outside.ts"
import { endOf, logSince, phase, prepareRollout, releaseByCommit, untilPromoted } from "../rollout.ts"
import { startTestWorld, type TestWorld } from "../world.ts"
import { badEnd, badLog, goodEnd, goodLog } from "./expected.ts"
import { quick } from "./quick.ts"
import { Strikes } from "./strikes.ts"

const crashFile = join(tmpdir(), `serin-crash-${process.pid}`)
let world: TestWorld
/** The version on the stable side. */
let version = "0.2.1"

beforeAll(async () => {
  world = await startTestWorld({ env: { SERIN_CRASH_FILE: crashFile } })
  await prepareRollout(world.stage, quick)
  // The first rollout begins with pods on the canary side; from the second on all are alike.
  await releaseByCommit(world.stage, version)
  await untilPromoted(world.stage, version, 120)
})
afterAll(() => world.close())

/** Effects of a rollout: the push, the apply of an object, and the three kinds of status that are written. */
const effects = ["push", "apply", "status", "delivery-status", "canary-status"]
/** Weights at which the agent is killed before an effect, and then after it. */
const stages = [0, 30, 100]

test.each(effects)("a rollout with the agent killed before and after each kind of effect: %s", async (effect) => {
  const next = `0.3.${effects.indexOf(effect)}`
  const since = await releaseByCommit(world.stage, next)
  const strikes = new Strikes(crashFile)
  const over = new AbortController()
  const striking = (async () => {
    for (const stage of stages) {
      await world.stage.until(
        `weight ${stage}`,
        120,
        async () => (await liveWeights(world.stage))["canary"] === stage || undefined,
      )
      await strikes.strike([`${effect}:before`, `${effect}:after`], over.signal)
    }
  })()
  try {
    await untilPromoted(world.stage, next, 150)
  } finally {
    over.abort()
    await striking
  }
  expect(strikes.hits).toEqual(stages.flatMap(() => [`${effect}:before`, `${effect}:after`]))
  expect(await logSince(world.stage, since)).toEqual(goodLog)
  expect(await endOf(world.stage)).toEqual(goodEnd(next))
  version = next
})

test("a rollback with the agent killed before and after the protection, and around its commit", async () => {
  const since = await releaseByCommit(world.stage, "0.4.0", "0.2.2")
  const strikes = new Strikes(crashFile)
  const over = new AbortController()
  const boundaries = ["protect:before", "protect:after", "push:before", "push:after"]
  const striking = strikes.strike(boundaries, over.signal)
  try {
    await world.stage.until("the end of the rollback", 150, async () =>
      (await phase(world.stage)) === "Failed" ? true : undefined,
    )
  } finally {
    over.abort()
    await striking
  }
  expect(strikes.hits).toEqual(boundaries)
  expect(await logSince(world.stage, since)).toEqual(badLog)
  expect(await endOf(world.stage)).toEqual(badEnd(version))
})
