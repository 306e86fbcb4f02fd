import { existsSync } from "node:fs"
import { writeFile } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { prepareRollout, releaseByCommit, serinIds, untilPromoted, weightsSince } from "../rollout.ts"
import { startTestWorld, type TestWorld } from "../world.ts"

/** Short, so that a rollout takes about 20 s; each step still needs its checks. */
const quick = (text: string): string =>
  text
    .replace(/interval: \w+/, "interval: 2s")
    .replace(/warmup: \w+/, "warmup: 1s")
    .replace(/passes: \d+/, "passes: 1")
    .replace(/minimumSamples: \d+/, "minimumSamples: 5")

/** Between two effects of the agent, each. */
const boundaries = ["push:before", "push:after", "apply:before", "apply:after", "status:before", "status:after"]

/** A generator with a fixed seed (mulberry32), so that a failure can be played again. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

async function expectOneRollout(world: TestWorld, since: string): Promise<void> {
  const weights = (await weightsSince(world.stage, since)).filter((weight, index) => index > 0 || weight > 0)
  expect(weights).toEqual([10, 30, 60, 100, 0])
  const ids = await serinIds(world.stage)
  expect(new Set(ids).size).toBe(ids.length)
}

describe("a rollout with the agent killed at a boundary between two effects", () => {
  const crashFile = join(tmpdir(), `serin-crash-${process.pid}`)
  let world: TestWorld
  const versions = ["0.2.1", "0.3.0", "0.3.1", "0.3.2", "0.3.3", "0.3.4"]

  beforeAll(async () => {
    world = await startTestWorld({ env: { SERIN_CRASH_FILE: crashFile } })
    await prepareRollout(world.stage, quick)
  })
  afterAll(() => world.close())

  test.each(boundaries.map((boundary, index) => [boundary, versions[index] ?? ""]))("%s", async (boundary, version) => {
    const since = await releaseByCommit(world.stage, version)
    // Armed again and again, so that it strikes at several of a rollout's steps.
    let strikes = 0
    const arm = async (): Promise<void> => {
      if (existsSync(crashFile) || strikes >= 3) return
      strikes += 1
      await writeFile(crashFile, boundary)
    }
    const timer = setInterval(() => void arm(), 3_000)
    await arm()
    try {
      await untilPromoted(world.stage, version, 120)
    } finally {
      clearInterval(timer)
    }
    expect(existsSync(crashFile), "the boundary was never passed").toBe(false)
    await expectOneRollout(world, since)
  })
})

/** Long enough for twenty kills within one rollout. */
const paced = (text: string): string => text.replace(/interval: \w+/, "interval: 8s")
const kills = 20

test("a rollout with the agent killed at twenty random instants", async () => {
  const world = await startTestWorld()
  try {
    const random = seeded(20)
    await prepareRollout(world.stage, paced)
    const since = await releaseByCommit(world.stage, "0.2.1")
    const struck: number[] = []
    const killing = (async () => {
      while (struck.length < kills) {
        await new Promise((resolve) => setTimeout(resolve, 500 + random() * 4_000))
        const pid = await world.agentPid()
        if (pid === undefined) continue
        process.kill(pid, "SIGKILL")
        struck.push(pid)
      }
    })()
    await untilPromoted(world.stage, "0.2.1", 280)
    expect(struck, "the rollout was over before all kills had struck").toHaveLength(kills)
    await killing
    await expectOneRollout(world, since)
  } finally {
    await world.close()
  }
})
