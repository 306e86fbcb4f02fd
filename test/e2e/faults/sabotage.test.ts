import { afterAll, beforeAll, expect, test } from "vitest"
import { steps } from "../../../packages/cli/src/story/steps/index.ts"
import { badRelease, promote, shift } from "../../../packages/cli/src/story/steps/canary.ts"
import { firstSync, installAndConnect } from "../../../packages/cli/src/story/steps/connect.ts"
import { audit, drift, humanRollback } from "../../../packages/cli/src/story/steps/human.ts"
import { detectAndRelease, fixAndTag, rollingUpdate } from "../../../packages/cli/src/story/steps/release.ts"
import { load, look, warmUp } from "../../../packages/cli/src/story/steps/traffic.ts"
import { startTestWorld, type TestWorld } from "../world.ts"
import { playAtStandstill, type Standstill } from "./standstill.ts"

/**
 * In each step the part that the step is about stands still while the step looks for its effect: a step that is ✓ all the same
 * does not look at the world. One step of the engine takes some 14 s here, so what it brings about is held for longer.
 */
const standstills: readonly Standstill[] = [
  { step: installAndConnect, part: "agent", from: "a refused key", observation: "a refused key", holdMs: 6_000 },
  {
    step: firstSync,
    part: "node",
    observation: "--for=condition=Available",
    holdMs: 8_000,
    // Pods that run already need the node no more: others have to take their place.
    also: (stage) =>
      stage.kubectl(["-n", "test", "delete", "pods", "-l", "app=podinfo", "--grace-period=0", "--force"], {
        quiet: true,
      }),
  },
  {
    step: load,
    part: "node",
    from: "requests of the load test",
    observation: "requests of the load test",
    holdMs: 12_000,
  },
  { step: warmUp, part: "agent", observation: "weights 90/10 in the cluster", holdMs: 5_000 },
  { step: look, part: "world", from: "two lines", observation: "two lines", holdMs: 3_000 },
  { step: fixAndTag, part: "world", from: "in the registry", observation: "in the registry", holdMs: 6_000 },
  { step: detectAndRelease, part: "agent", observation: "an idle canary", holdMs: 6_000 },
  { step: rollingUpdate, part: "node", observation: "rollout status deployment/podinfo-canary", holdMs: 8_000 },
  {
    step: shift,
    part: "agent",
    from: "weight 30 in the cluster",
    observation: "weight 30 in the cluster",
    holdMs: 25_000,
  },
  { step: promote, part: "agent", observation: "podinfo:0.2.1 on the stable side", holdMs: 25_000 },
  {
    step: badRelease,
    part: "agent",
    from: "weight 0 after failed checks",
    observation: "weight 0 after failed checks",
    holdMs: 25_000,
  },
  { step: humanRollback, part: "agent", observation: "the revert applied", holdMs: 5_000 },
  { step: drift, part: "agent", observation: "the weights of Git again", holdMs: 3_000 },
  { step: audit, part: "agent", observation: " history ", holdMs: 5_000 },
]

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
})
afterAll(() => world.close())

test("every step of the story has its part", () => {
  expect(standstills.map(({ step }) => step)).toEqual(steps)
})

test.each(standstills.map((standstill) => [standstill.step.title, standstill.part, standstill] as const))(
  "%s is not observed while the %s stands still, and is once it goes on",
  async (_title, _part, standstill) => {
    await playAtStandstill(standstill, world)
  },
)
