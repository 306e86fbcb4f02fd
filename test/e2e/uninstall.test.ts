import { afterAll, beforeAll, expect, test } from "vitest"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
  await installAndConnect.play(world.stage)
  await firstSync.play(world.stage)
})
afterAll(() => world.close())

const pods = async (): Promise<string[]> => {
  const { stdout } = await world.stage.kubectl(["-n", "test", "get", "pods", "-o", "jsonpath={.items[*].metadata.uid}"])
  return stdout.split(" ").sort()
}

test("what would be removed is printed, and stays", async () => {
  const { stdout } = await world.stage.serin(["uninstall"])
  expect(stdout).toMatch(/^WOULD REMOVE +NAMESPACE +NAME\n/)
  for (const line of [/Repository +serin-system +config/, /ClusterRole +- +serin\b/, /Namespace +- +serin-system/])
    expect(stdout).toMatch(line)
  expect(stdout).not.toMatch(/ test |CustomResourceDefinition/)
  await world.stage.kubectl(["-n", "serin-system", "get", "repository", "config"])
})

test("check says which right is missing, and how to have it back", async () => {
  await world.stage.kubectl(["-n", "serin-system", "delete", "role", "serin-repository-config"])
  const { stdout, code } = await world.stage.serin(["check"], { accept: [1] })
  expect(code).toBe(1)
  expect(stdout).toMatch(
    /✗ +the agent's rights for serin-system\/config +may not get secrets serin-auth-config in namespace serin-system, and \d+ more → Run `kubectl -n serin-system create role/,
  )
  expect(stdout).toMatch(/✗ +what account serin-system\/serin-apply may apply .*cannot impersonate/)
})

test("without the agent check says so, and what the cluster last knew", async () => {
  const { stdout, code } = await world.stage.serin(["check", "--agent", "http://127.0.0.1:9"], { accept: [4] })
  expect(code).toBe(4)
  expect(stdout).toMatch(/✓ +definitions/)
  expect(stdout).toMatch(/✗ +agent /)
  expect(stdout).toMatch(/repository serin-system\/config, as last said/)
})

test("Serin is removed, and what it delivered runs on", async () => {
  const before = await pods()
  await world.stage.serin(["uninstall", "--apply"])
  await world.stage.until("the agent has ended", 20, async () =>
    (await world.agentPid()) === undefined ? true : undefined,
  )
  await world.stage.until("the namespace is gone", 20, async () => {
    const { stdout } = await world.stage.kubectl(["get", "namespaces", "-o", "name"], { quiet: true })
    return stdout.includes("serin-system") ? undefined : true
  })
  expect(await pods()).toEqual(before)
  await world.stage.kubectl(["-n", "test", "wait", "--for=condition=Ready", "pods", "--all", "--timeout=5s"])
  const answer = await fetch(`${world.endpoints.ingress}/version`, { headers: { host: "podinfo.example.com" } })
  expect(answer.status).toBeLessThan(500)
  const { stdout } = await world.stage.serin(["uninstall"])
  expect(stdout).toMatch(/^Nothing in this cluster was made by `serin install`/)
})

test("with its definitions nothing of it is left", async () => {
  await world.stage.serin(["uninstall", "--crds", "--apply"])
  const { stdout } = await world.stage.kubectl(["get", "crds", "-o", "name"])
  expect(stdout).not.toContain("serin.dev")
  expect(await pods()).not.toEqual([])
})
