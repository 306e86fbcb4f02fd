import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { configLog, liveImage, liveWeights } from "../../../packages/cli/src/story/outside.ts"
import { tagApp, untilBuilt } from "../../../packages/cli/src/story/steps/release.ts"
import { phase, prepareRollout, releaseByCommit } from "../rollout.ts"
import { startTestWorld, type TestWorld } from "../world.ts"
import { quick } from "./quick.ts"
import { Strikes } from "./strikes.ts"

const crashFile = join(tmpdir(), `serin-crash-reverted-${process.pid}`)
let world: TestWorld

beforeAll(async () => {
  world = await startTestWorld({ env: { SERIN_CRASH_FILE: crashFile } })
  await prepareRollout(world.stage, quick)
})
afterAll(() => world.close())

const subjects = async (): Promise<string[]> => (await configLog(world.stage)).map(({ subject }) => subject)

/**
 * Kills the agent right after its next push, and each successor before one of its own, until a person has reverted that push's
 * commit. Answers the commit's subject.
 */
async function revertWhileDown(what: string): Promise<string> {
  const { stage } = world
  const over = new AbortController()
  const strikes = new Strikes(crashFile)
  const striking = strikes.strike(["push:after", ...Array.from({ length: 50 }, () => "push:before")], over.signal)
  try {
    await stage.until(what, 90, async () => (strikes.hits.length > 0 ? true : undefined))
    const [pushed = ""] = await subjects()
    await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
    await stage.git("config", ["revert", "--no-edit", "HEAD"], { quiet: true })
    await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
    return pushed
  } finally {
    over.abort()
    await striking
  }
}

test("a canary's step that a person takes back while the agent is down is not taken again: it pauses and says why", async () => {
  const { stage } = world
  await releaseByCommit(stage, "0.2.1")
  await stage.until("weight 30", 90, async () => ((await liveWeights(stage))["canary"] === 30 ? true : undefined))
  const pushed = await revertWhileDown("the agent's death after a step")
  expect(pushed).toBe("Shift podinfo to 60 % of podinfo:0.2.1")
  await stage.until("a pause", 60, async () => ((await phase(stage)) === "Paused" ? true : undefined))
  expect((await subjects()).slice(0, 3)).toEqual(["Pause podinfo: a person changed it", `Revert "${pushed}"`, pushed])
  await stage.until("its weight", 20, async () => ((await liveWeights(stage))["canary"] === 30 ? true : undefined))
  const { stdout } = await stage.serin(["canary", "status", "podinfo", "-n", "test", "-o", "json"], { quiet: true })
  expect(stdout).toMatch(/Git went back from state \d+ to state \d+/)
})

test("a release by a policy that a person takes back while the agent is down is not made again: the workload is locked", async () => {
  const { stage } = world
  await stage.serin(["canary", "abort", "podinfo", "-n", "test"], { quiet: true })
  await stage.until("the end of the rollback", 90, async () => ((await phase(stage)) === "Failed" ? true : undefined))
  await stage.serin(["automate", "deployment/podinfo-canary", "-n", "test", "--tag", "semver:~0.3"], { quiet: true })
  await tagApp(stage, "0.3.0", "Version 0.3.0", "0.2.1")
  const reverting = revertWhileDown("the agent's death after a release")
  await untilBuilt(stage, "0.3.0")
  const pushed = await reverting
  expect(pushed).toBe("Release podinfo-canary 0.3.0")
  await stage.until("a lock", 60, async () => ((await subjects())[0] === "Lock podinfo-canary" ? true : undefined))
  expect((await subjects()).slice(0, 3)).toEqual(["Lock podinfo-canary", `Revert "${pushed}"`, pushed])
  expect(await liveImage(stage, "podinfo-canary")).toMatch(/^podinfo:0\.2\.0/)
})
