import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { startTestWorld, type TestWorld } from "./world.ts"

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
  await world.stage.git(".", ["clone", "--quiet", world.endpoints.configRepo, "config"])
})
afterAll(() => world.close())

/** Connects a folder of the config repository over HTTP. */
async function install(path: string, ...rights: string[]): Promise<void> {
  const url = new URL(world.endpoints.configRepo)
  const { username, password } = url
  url.username = ""
  url.password = ""
  const settings = ["--git-url", url.toString(), "--git-path", path, "--git-username", username, "--git-token-stdin"]
  const others = [
    "--web-url",
    world.endpoints.web,
    "--hooks-url",
    world.endpoints.hooks,
    "--prometheus-url",
    world.endpoints.prometheus,
    "--registry-mirror",
    `docker.io=${world.endpoints.registry},^library/(.*)=$1`,
    "--no-agent",
    "--apply",
  ]
  await world.stage.serin(["install", ...settings, ...others, ...rights], { input: password })
}

async function push(subject: string): Promise<void> {
  await world.stage.git("config", ["add", "--all"])
  await world.stage.git("config", ["commit", "--quiet", "--message", subject])
  await world.stage.git("config", ["push", "--quiet", "origin", "HEAD:main"])
}

async function says(namespace: string, message: RegExp): Promise<string> {
  let last = ""
  const path = "jsonpath={.status.conditions[?(@.type=='Ready')].message}"
  return world.stage.until(
    `${namespace}/config says ${String(message)}`,
    30,
    async () => {
      await world.stage.serin(["sync", `${namespace}/config`], { quiet: true })
      last = (await world.stage.kubectl(["-n", namespace, "get", "repository", "config", "-o", path], { quiet: true }))
        .stdout
      return message.test(last) ? last : undefined
    },
    () => last,
  )
}

const configMap = (namespace: string, name: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\ndata:\n  x: "1"\n`

test("a repository with one namespace cannot state the Namespace, and is told the way out", async () => {
  await install("cluster", "--namespace", "test")
  const message = await says("serin-system", /namespaces "test" is forbidden/)
  expect(message).toMatch(
    /namespace\.yaml:\d+.*serin-apply" cannot patch resource "namespaces".*leave the object out of Git/,
  )
  const { stdout } = await world.stage.serin(["check"], { accept: [1] })
  expect(stdout).toMatch(
    /✗ .*serin-apply may apply for serin-system\/config +may not get namespaces.* → Leave it out of Git/,
  )
})

test("without it all that a delivery consists of is applied", async () => {
  await world.stage.kubectl(["label", "namespace", "test", "istio-injection=enabled"])
  await rm(join(world.stage.dir, "config", "cluster", "podinfo", "namespace.yaml"))
  await push("Leave the namespace to the platform")
  await says("serin-system", /^\w{7} is applied/)
  await world.stage.kubectl(
    ["-n", "test", "wait", "--for=condition=Available", "deployment", "--all", "--timeout=60s"],
    {
      timeout: 70_000,
    },
  )
  const { stdout } = await world.stage.serin(["check"])
  expect(stdout).not.toContain("✗")
})

test("a tenant's repository is applied in the tenant's name, and ends at the tenant's namespace", async () => {
  await world.stage.kubectl(["create", "namespace", "team-a"])
  const folder = join(world.stage.dir, "config", "team-a")
  await mkdir(folder)
  await writeFile(join(folder, "own.yaml"), configMap("team-a", "own"))
  await push("Begin with a team's own folder")
  await install("team-a", "--tenant", "team-a")
  await says("team-a", /^\w{7} is applied/)
  await world.stage.kubectl(["-n", "team-a", "get", "configmap", "own"])
  await writeFile(join(folder, "foreign.yaml"), configMap("test", "foreign"))
  await push("Reach into another team's namespace")
  await says(
    "team-a",
    /system:serviceaccount:team-a:serin-apply" cannot patch resource "configmaps" .*namespace "test"/,
  )
  const { code } = await world.stage.kubectl(["-n", "test", "get", "configmap", "foreign"], { accept: [1] })
  expect(code).toBe(1)
})
