import { readdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, expect, test } from "vitest"
import { parse } from "yaml"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

// What a user of a cluster sees of the agent beside its work: its log, its probes, its metrics. And what nobody may see.

let world: TestWorld
beforeAll(async () => {
  world = await startTestWorld()
  await installAndConnect.play(world.stage)
  await firstSync.play(world.stage)
})
afterAll(() => world.close())

const web = (path: string) => fetch(new URL(path, world.endpoints.web))

/** Every secret of the world by where it is from: keys line by line, since a log breaks them too. */
async function secrets(): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  const note = (where: string, text: string): void => {
    for (const line of text.split("\n").map((one) => one.trim()))
      if (line.length >= 12 && !line.startsWith("-----")) found.set(line, where)
  }
  const { stdout } = await world.stage.kubectl(["get", "secrets", "-A", "-o", "json"], { quiet: true })
  interface Secret {
    readonly metadata: { readonly name: string; readonly namespace: string }
    readonly data?: Readonly<Record<string, string>>
  }
  // Not secret, though kept with what is.
  const open = ["identity.pub", "known_hosts", "ca.crt", "username"]
  for (const { metadata, data = {} } of (JSON.parse(stdout) as { items: Secret[] }).items)
    for (const [key, value] of Object.entries(data).filter(([name]) => !open.includes(name))) {
      note(`Secret ${metadata.namespace}/${metadata.name} ${key}`, value)
      note(`Secret ${metadata.namespace}/${metadata.name} ${key}`, Buffer.from(value, "base64").toString("utf8"))
    }
  for (const file of await readdir(world.dataDir)) {
    if (!/kubeconfig/.test(file)) continue
    const config = parse(await readFile(join(world.dataDir, file), "utf8")) as {
      users: { user: { token?: string } }[]
    }
    for (const { user } of config.users) note(`token of ${file}`, user.token ?? "")
  }
  for (const url of [world.endpoints.configRepo, world.endpoints.appRepo]) note(`clone URL`, new URL(url).password)
  note("Slack's webhook", new URL(world.endpoints.slackWebhook).pathname)
  return found
}

test("no secret of the world is in a log, an event, a status, a metric, a commit or an answer", async () => {
  const { stage, endpoints, dataDir } = world
  // Things that go wrong say most: wrong webhooks, a git host that refuses, a channel that is gone.
  await fetch(`${endpoints.hooks}/hooks/git/serin-system/config`, { method: "POST", body: "{}" })
  const { stdout: before } = await stage.kubectl(
    ["-n", "serin-system", "get", "secret", "serin-auth-config", "-o", "json"],
    { quiet: true },
  )
  const known = await secrets()
  const patch = JSON.stringify({ stringData: { identity: "no key at all, but secret" } })
  await stage.kubectl(["-n", "serin-system", "patch", "secret", "serin-auth-config", "-p", patch])
  await stage.serin(["sync", "config"], { accept: [0, 1, 2, 3, 4, 5] })
  await stage.until("the refusal is in the status", 30, async () => {
    const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "repository", "config", "-o", "yaml"], {
      quiet: true,
    })
    return /status: "False"/.test(stdout) ? true : undefined
  })
  const { data } = JSON.parse(before) as { data: object }
  await stage.kubectl(["-n", "serin-system", "patch", "secret", "serin-auth-config", "-p", JSON.stringify({ data })], {
    quiet: true,
  })
  await stage.until("it is read again", 30, async () => {
    const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "repository", "config", "-o", "yaml"], {
      quiet: true,
    })
    return /status: "False"/.test(stdout) ? undefined : true
  })
  known.set("no key at all, but secret", "the wrong key")

  const kubectl = async (...args: string[]) => (await stage.kubectl(args, { quiet: true })).stdout
  const serin = async (...args: string[]) => {
    const { stdout, stderr } = await stage.serin(args, { quiet: true, accept: [0, 1] })
    return stdout + stderr
  }
  const clone = join(dataDir, "people", "looked-at")
  await stage.run("git", ["clone", "--quiet", endpoints.configRepo, clone], { quiet: true })
  const seen: Record<string, string> = {
    "the agent's log": await readFile(join(dataDir, "agent.log"), "utf8"),
    events: await kubectl("get", "events", "-A", "-o", "json"),
    "objects of Serin": await kubectl("get", "repositories,canaries,deliveries", "-A", "-o", "yaml"),
    ConfigMaps: await kubectl("get", "configmaps", "-A", "-o", "yaml"),
    Deployments: await kubectl("get", "deployments", "-A", "-o", "yaml"),
    "/metrics": await (await web("/metrics")).text(),
    check: await serin("check", "-o", "json"),
    history: await serin("history", "-o", "json"),
    status: await serin("status", "-o", "json"),
    diff: await serin("diff", "config"),
    commits: (await stage.run("git", ["-C", clone, "log", "-p", "--all"], { quiet: true })).stdout,
  }
  for (const file of await readdir(dataDir)) {
    if (file.endsWith(".log")) seen[file] = await readFile(join(dataDir, file), "utf8")
  }
  const leaks = Object.entries(seen).flatMap(([place, text]) =>
    [...known].flatMap(([secret, where]) => (text.includes(secret) ? [`${place} holds ${where}`] : [])),
  )
  expect(known.size).toBeGreaterThan(8)
  expect(seen["the agent's log"]).toContain("reconcile failed")
  expect([...new Set(leaks)]).toEqual([])
})

test("the log is one JSON object a line, with time and a constant message", async () => {
  const lines = (await readFile(join(world.dataDir, "agent.log"), "utf8")).trim().split("\n")
  expect(lines.length).toBeGreaterThan(0)
  for (const line of lines) {
    const { time, message } = JSON.parse(line) as { time: string; message: string }
    expect(new Date(time).toISOString()).toBe(time)
    expect(message).toMatch(/^[A-Za-z]/)
  }
})

test("probes and metrics answer without a login", async () => {
  for (const path of ["/healthz", "/readyz"]) {
    const answer = await web(path)
    expect([answer.status, await answer.text()]).toEqual([200, "ok\n"])
  }
  const metrics = await (await web("/metrics")).text()
  for (const line of metrics.split("\n").filter((one) => one !== ""))
    expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? -?[\d.eE+]+(Inf|NaN)?)$/)
  expect(metrics).toMatch(/^serin_\w+/m)
})
