import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { configLog, liveImage, liveWeights, sampleIngress, share } from "../../packages/cli/src/story/outside.ts"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { tagApp, untilBuilt } from "../../packages/cli/src/story/steps/release.ts"
import {
  cloneConfig,
  commitConfig,
  setWeights,
  virtualServiceFile,
} from "../../packages/cli/src/story/steps/traffic.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
})
afterAll(() => world.close())

test("a policy releases the fix, and a human shifts the traffic and promotes, each by a commit", async () => {
  const { stage } = world
  await installAndConnect.play(stage)
  await firstSync.play(stage)
  await cloneConfig(stage)
  await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")])
  await stage.serin(["automate", "deployment/podinfo-canary", "-n", "test", "--tag", "semver:~0.2"])
  await tagApp(stage, "0.2.1", "Answer without the delay that 0.2.0 brought in")
  await untilBuilt(stage, "0.2.1")
  const release = await stage.until("the policy's release", 40, async () =>
    (await configLog(stage)).find(({ subject }) => subject === "Release podinfo-canary 0.2.1"),
  )
  expect(release.author).toBe("Serin")
  expect(release.body).toMatch(/^Serin-Cause: policy semver:~0\.2$/m)
  await stage.until("the new image", 20, async () =>
    (await liveImage(stage, "podinfo-canary")).startsWith("podinfo:0.2.1") ? true : undefined,
  )
  await stage.kubectl(["-n", "test", "rollout", "status", "deployment/podinfo-canary", "--timeout=60s"])

  for (const weight of [10, 30, 60, 100]) {
    await commitConfig(stage, `Shift ${weight} % to 0.2.1`, { [virtualServiceFile]: setWeights(100 - weight, weight) })
    await stage.until(`weight ${weight} in the cluster`, 15, async () =>
      (await liveWeights(stage))["canary"] === weight ? true : undefined,
    )
    // Within four standard deviations of what 300 answers show.
    const tolerance = 4 * Math.sqrt(((weight / 100) * (1 - weight / 100)) / 300)
    await stage.until(`about ${weight} % of the answers`, 20, async () => {
      const answers = await sampleIngress(stage, 300, 20)
      const isNear = Math.abs(share(answers, "0.2.1") - weight / 100) <= tolerance
      return answers.failures === 0 && isNear ? true : undefined
    })
  }

  await commitConfig(stage, "Promote 0.2.1", {
    "cluster/podinfo/podinfo-ga.yaml": (text) => text.replace(/podinfo:\d+\.\d+\.\d+/, "podinfo:0.2.1"),
  })
  await stage.until("the promoted image", 20, async () =>
    (await liveImage(stage, "podinfo-ga")).startsWith("podinfo:0.2.1") ? true : undefined,
  )
  await stage.kubectl(["-n", "test", "rollout", "status", "deployment/podinfo-ga", "--timeout=60s"])
  await commitConfig(stage, "Give the traffic back", { [virtualServiceFile]: setWeights(100, 0) })
  await stage.until("weights 100/0", 15, async () => ((await liveWeights(stage))["canary"] === 0 ? true : undefined))
  await stage.until("only 0.2.1", 15, async () => {
    const answers = await sampleIngress(stage, 60)
    return share(answers, "0.2.1") === 1 && answers.failures === 0 ? true : undefined
  })
  const bySerin = (await configLog(stage)).filter(({ author }) => author === "Serin").map(({ subject }) => subject)
  expect(bySerin).toEqual(["Release podinfo-canary 0.2.1"])
})
