import { setTimeout as pause } from "node:timers/promises"
import { expect, test } from "vitest"
import { endOf, logSince, prepareRollout, releaseByCommit, untilPromoted } from "../rollout.ts"
import { startTestWorld, type TestWorld } from "../world.ts"
import { goodEnd, goodLog } from "./expected.ts"

/** Long enough for twenty kills within one rollout. How long an answer takes is not judged here. */
const paced = (text: string): string =>
  text.replace(/interval: \w+/, "interval: 10s").replace(/ +- name: latency-p99\n +max: \w+\n/, "")
const kills = 20
/** Milliseconds from the release to the last kill, which is before the end of the rollout. */
const span = 90_000

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

/** Kills at each instant the agent that runs then, or the next one where none does. Answers how often it struck. */
async function killAt(instants: readonly number[], world: TestWorld, signal: AbortSignal): Promise<number> {
  const started = Date.now()
  let struck = 0
  for (const instant of instants) {
    while (Date.now() < started + instant) await pause(10)
    let pid = await world.agentPid()
    while (pid === undefined && !signal.aborted) {
      await pause(10)
      pid = await world.agentPid()
    }
    if (pid === undefined || signal.aborted) return struck
    process.kill(pid, "SIGKILL")
    struck += 1
  }
  return struck
}

test("a rollout with the agent killed at twenty random instants ends as any other, with each step once in Git", async () => {
  const seed = Number(process.env["SERIN_TEST_SEED"] ?? 20)
  const random = seeded(seed)
  const instants = Array.from({ length: kills }, () => Math.round(random() * span)).sort((a, b) => a - b)
  console.log(`seed ${seed} (SERIN_TEST_SEED): killed at ${instants.join(", ")} ms after the release`)
  const world = await startTestWorld()
  try {
    await prepareRollout(world.stage, paced)
    const since = await releaseByCommit(world.stage, "0.2.1")
    const over = new AbortController()
    const killing = killAt(instants, world, over.signal)
    await untilPromoted(world.stage, "0.2.1", 240)
    over.abort()
    expect(await killing, "kills before the rollout was over").toBe(kills)
    const log = await logSince(world.stage, since)
    // The first rollout finds pods on the canary side: its start changes nothing but the Delivery.
    expect(log.map(({ kind, weight }) => `${kind} ${weight}`)).toEqual(
      goodLog.map(({ kind, weight }) => `${kind} ${weight}`),
    )
    expect(log.every(({ author }) => author === "Serin")).toBe(true)
    expect(await endOf(world.stage)).toEqual(goodEnd("0.2.1"))
  } finally {
    await world.close()
  }
})
