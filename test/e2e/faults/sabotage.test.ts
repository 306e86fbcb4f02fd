import { afterAll, beforeAll, expect, test } from "vitest"
import { steps } from "../../../packages/cli/src/story/steps/index.ts"
import { startTestWorld, type TestWorld } from "../world.ts"

/**
 * The part that each step is about. It stands still from before the step until it was seen that the step does not succeed
 * without it; a step that is ✓ all the same does not look at the world.
 */
const parts: readonly ("agent" | "node" | "world")[] = [
  "world", // install and connect: API server and git host
  "world", // first sync: API server
  "node", // load: pods and mesh
  "agent", // warm-up by hand: the sync
  "node", // look: pods that are scraped
  "world", // fix and tag: git host, builder, registry
  "agent", // detect and release: the release
  "world", // rolling update and message: controllers, Slack inbox
  "agent", // shift: the canary engine
  "agent", // promote: the same
  "agent", // a bad release: policy, checks and rollback
  "agent", // rollback by a human: the sync and the engine that yields
  "agent", // drift: the sync
  "agent", // audit: the history
]
const holdMs = 3_000

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
})
afterAll(() => world.close())

test.each(steps.map((step, index) => [step.title, step, parts[index] ?? "world"] as const))(
  "%s is not observed while its part stands still",
  async (_title, step, part) => {
    const pid = part === "world" ? world.pid : part === "agent" ? await world.agentPid() : await world.nodePid()
    expect(pid, `the process of the ${part} runs`).toBeDefined()
    if (pid === undefined) return
    process.kill(pid, "SIGSTOP")
    const playing = step.play(world.stage).then(
      () => "seen",
      (error: unknown) => String(error),
    )
    const meanwhile = await Promise.race([playing, new Promise((resolve) => setTimeout(resolve, holdMs, "waiting"))])
    process.kill(pid, "SIGCONT")
    expect(meanwhile).not.toBe("seen")
    if (meanwhile === "waiting") expect(await playing).toBe("seen")
  },
)
