import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterAll, beforeAll, expect, test } from "vitest"
import { configLog, liveImage, sampleIngress } from "../../packages/cli/src/story/outside.ts"
import type { Background, Stage } from "../../packages/cli/src/story/stage.ts"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { tagApp, untilBuilt } from "../../packages/cli/src/story/steps/release.ts"
import { cloneConfig } from "../../packages/cli/src/story/steps/traffic.ts"
import { Way } from "./way.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

const program = fileURLToPath(new URL("../../dist/serin.js", import.meta.url))

let world: TestWorld
let stage: Stage
/** The agent's way to the registry. Builder and node have their own, so that a tag can be pushed while the agent hears nothing. */
let way: Way
let events: Background

beforeAll(async () => {
  world = await startTestWorld()
  stage = world.stage
  way = await Way.to(stage.endpoints.registry)
  await installAndConnect.play(stage)
  const mirrors = { "docker.io": { endpoint: [way.url], rewrite: { "^library/(.*)": "$1" } } }
  const settings = JSON.stringify({ data: { "registry-mirrors": JSON.stringify(mirrors) } })
  await stage.kubectl(["-n", "serin-system", "patch", "configmap", "serin", "--type=merge", "-p", settings])
  await firstSync.play(stage)
  await cloneConfig(stage)
  await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")], { quiet: true })
  await stage.serin(["automate", "deployment/podinfo-canary", "-n", "test", "--tag", "semver:~0.2"])
  await stage.until("the agent to ask by the way", 20, async () => {
    await stage.serin(["images", "podinfo"], { quiet: true })
    return way.taken > 0 ? true : undefined
  })
  events = stage.background(process.execPath, [program, "events", "--since", "0"], { KUBECONFIG: world.kubeconfig })
})
afterAll(async () => {
  await world.close()
  await way.close()
})

const status = async (): Promise<string> => (await stage.serin(["status"], { quiet: true, accept: [0, 1] })).stdout

test("while the registry is away Serin says so, leaves everything as it is, and takes up what was pushed once it is back", async () => {
  const image = "docker.io/library/podinfo"
  const before = await configLog(stage)
  await way.close()
  await tagApp(stage, "0.2.1", "Answer without the delay that 0.2.0 brought in")
  await untilBuilt(stage, "0.2.1")

  // The registry's own message of the push still arrives: the agent looks, and cannot.
  const refused = `Registry ${new URL(way.url).host} cannot be reached: `
  const next = "Check that the registry is up; Serin tries again by itself."
  const told = await stage.until("the reason in the status", 20, async () => {
    const text = await status()
    return text.includes("NOT LISTED") ? text : undefined
  })
  expect(told).toMatch(new RegExp(`^podinfo +${refused}.*ECONNREFUSED.*\\. ${next}$`, "m"))
  await stage.until("the reason among the events", 10, async () => events.output().includes(refused) || undefined)
  expect(events.output()).toMatch(new RegExp(`error +${image} +${refused}.*${next}$`, "m"))
  const { stderr } = await stage.serin(["images", "podinfo"], { quiet: true, accept: [1, 2] })
  expect(stderr).toContain(refused)
  expect(stderr).toContain(next)

  expect(await configLog(stage)).toEqual(before)
  expect(await liveImage(stage, "podinfo-canary")).toMatch(/^podinfo:0\.2\.0/)
  expect(await sampleIngress(stage, 20)).toMatchObject({ failures: 0, total: 20 })
  // What needs no registry works meanwhile.
  await stage.serin(["lock", "deployment/podinfo-ga", "-n", "test"], { quiet: true })

  await way.open()
  // Attempts are half a minute apart by then.
  const release = await stage.until("the release of the new tag", 60, async () =>
    (await configLog(stage)).find(({ subject }) => subject === "Release podinfo-canary 0.2.1"),
  )
  expect(release.author).toBe("Serin")
  await stage.until("the new image", 20, async () =>
    (await liveImage(stage, "podinfo-canary")).startsWith("podinfo:0.2.1") ? true : undefined,
  )
  expect(await status()).not.toContain("NOT LISTED")
  await stage.until(
    "the end among the events",
    10,
    async () => events.output().includes(`The tags of ${image} can be listed again`) || undefined,
  )
  expect(events.output()).toContain(`New in ${image}: 0.2.1`)
  // Told once, however often it was tried.
  expect(events.output().split(refused)).toHaveLength(2)
})
