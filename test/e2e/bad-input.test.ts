import { createHmac } from "node:crypto"
import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, test } from "vitest"
import { parse } from "yaml"
import type { State } from "../../packages/agent/src/api/types.ts"
import { configLog, getJson, liveImage, registryTags, sampleIngress } from "../../packages/cli/src/story/outside.ts"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { cloneConfig, commitConfig } from "../../packages/cli/src/story/steps/traffic.ts"
import type { Stage } from "../../packages/cli/src/story/stage.ts"
import { startTestWorld, type TestWorld } from "./world.ts"

// What a user gets wrong, on a whole world and seen from outside of it. What a part does by itself is tested beside the part;
// the git host's accidents (away, force-push, lost branch) are in agent-sync.test.ts, Prometheus' in agent-canary.test.ts.

const canaryFile = "cluster/podinfo/podinfo-canary.yaml"

let world: TestWorld
let stage: Stage

beforeAll(async () => {
  world = await startTestWorld()
  stage = world.stage
  await installAndConnect.play(stage)
  await firstSync.play(stage)
  await cloneConfig(stage)
})
afterAll(() => world.close())

/** The agent's HTTP API, as the CLI and the web page ask it. */
async function ask(path: string, body?: unknown): Promise<Response> {
  const { users } = parse(await readFile(world.kubeconfig, "utf8")) as { users: { user: { token: string } }[] }
  const authorization = `Bearer ${users[0]?.user.token ?? ""}`
  const url = `${stage.endpoints.web}/api/v1/${path}`
  if (body === undefined) return fetch(url, { headers: { authorization } })
  const headers = { authorization, "content-type": "application/json" }
  return fetch(url, { method: "POST", headers, body: JSON.stringify(body) })
}

const state = async () => (await (await ask("state")).json()) as State

/** What `serin status` says of the one repository. */
async function repository(): Promise<{ ready: boolean; message: string; applied?: string }> {
  return (await state()).repositories[0] ?? { ready: false, message: "there is none" }
}

const podinfoAnswers = async (): Promise<void> => {
  expect(await sampleIngress(stage, 20)).toMatchObject({ failures: 0, total: 20 })
}

describe("a manifest", () => {
  test.each([
    ["does not parse", "apiVersion: v1\nkind: ConfigMap\ndata: {a: [\n", /cluster\/podinfo\/broken\.yaml:\d+: /],
    [
      "fails its schema",
      "apiVersion: v1\nkind: Service\nmetadata: {name: broken, namespace: test}\nspec: {prots: []}\n",
      /cluster\/podinfo\/broken\.yaml:1: Service test\/broken: .*prots/,
    ],
  ])("that %s stops its whole revision, with file and line; the last good one stays", async (_what, text, message) => {
    const good = (await repository()).applied
    await commitConfig(stage, "Break it", {
      "cluster/podinfo/broken.yaml": () => text,
      [canaryFile]: (manifest) => manifest.replace("replicas: 2", "replicas: 3"),
    })
    const told = await stage.until("the refusal", 20, async () => {
      const state = await repository()
      return !state.ready && message.test(state.message) ? state : undefined
    })
    expect(told.applied).toBe(good)
    const { stdout } = await stage.kubectl(
      ["-n", "test", "get", "deployment", "podinfo-canary", "-o", "jsonpath={.spec.replicas}"],
      { quiet: true },
    )
    expect(stdout).toBe("2")
    await stage.git("config", ["revert", "--no-edit", "HEAD"], { quiet: true })
    await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
    await stage.until("the mended revision", 20, async () => ((await repository()).ready ? true : undefined))
  })
})

describe("an image that does not exist", () => {
  test("is refused to `serin release`, with where to look", async () => {
    const args = ["release", "podinfo-canary", "-n", "test", "--tag", "9.9.9"]
    const { stderr } = await stage.serin(args, { accept: [2] })
    expect(stderr).toContain("There is no podinfo:9.9.9 in its registry")
    expect(stderr).toContain("`serin images podinfo")
  })

  test("in Git is told by name, takes no traffic from anybody, and is over with the next commit", async () => {
    await commitConfig(stage, "Run what is not there", {
      [canaryFile]: (manifest) => manifest.replace(/podinfo:\d+\.\d+\.\d+/, "podinfo:9.9.9"),
    })
    await stage.until("the reason", 30, async () => {
      const found = (await state()).workloads.find(({ name }) => name === "podinfo-canary")
      return found?.health === "progressing" && found.message.includes("podinfo:9.9.9") ? true : undefined
    })
    const { stdout } = await stage.serin(["status"], { accept: [1] })
    expect(stdout).toMatch(/podinfo-canary .*podinfo:9\.9\.9.*progressing: .*podinfo:9\.9\.9/)
    await podinfoAnswers()
    await stage.git("config", ["revert", "--no-edit", "HEAD"], { quiet: true })
    await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
    await stage.until("the former image", 20, async () =>
      (await liveImage(stage, "podinfo-canary")) === "podinfo:0.2.0" ? true : undefined,
    )
    await stage.until("health", 30, async () => {
      const { workloads } = await state()
      return workloads.every(({ health }) => health === "current") ? true : undefined
    })
  })
})

test("a Dockerfile that fails is told with its line; there is no image, and the next tag is built", async () => {
  await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")], { quiet: true })
  const dockerfile = join(stage.dir, "app", "Dockerfile")
  const good = await readFile(dockerfile, "utf8")
  const push = async (text: string, tag: string): Promise<void> => {
    await writeFile(dockerfile, text)
    await stage.git("app", ["commit", "--quiet", "--all", "-m", tag], { quiet: true })
    await stage.git("app", ["tag", tag], { quiet: true })
    await stage.git("app", ["push", "--quiet", "origin", "HEAD:main", tag], { quiet: true })
  }
  await push(`${good}COPY nowhere /app/\n`, "7.0.0")
  const line = good.split("\n").length
  const failed = await stage.until("the failed build", 30, async () => {
    const builds = (await getJson(`${stage.endpoints.builder}/builds`)) as { id: number; tag: string; state: string }[]
    return builds.find(({ tag, state }) => tag === "7.0.0" && state === "failed")
  })
  const log = await (await fetch(`${stage.endpoints.builder}/builds/${failed.id}/log`)).text()
  expect(log).toMatch(new RegExp(`Failed: Dockerfile line ${line}: "nowhere" is not in the repository`))
  expect(await registryTags(stage, "podinfo")).not.toContain("7.0.0")
  await push(good.replace("podinfo", "podinfo "), "7.0.1")
  await stage.until("the next image", 60, async () =>
    (await registryTags(stage, "podinfo")).includes("7.0.1") ? true : undefined,
  )
})

test("pushes while Serin pushes: every commit of both is in the history, once", async () => {
  const before = (await configLog(stage)).length
  const rounds = 3
  const serin = (async () => {
    for (let round = 0; round < rounds; round += 1)
      for (const verb of ["lock", "unlock"]) {
        const reason = `round ${round}`
        expect((await ask(`workloads/test/deployment/podinfo-ga/${verb}`, { reason })).status).toBe(200)
      }
  })()
  const person = (async () => {
    for (let round = 0; round < rounds; round += 1) {
      await writeFile(join(stage.dir, "config", `note-${round}.txt`), "by hand\n")
      await stage.git("config", ["add", "--all"], { quiet: true })
      await stage.git("config", ["commit", "--quiet", "-m", `Note ${round}`], { quiet: true })
      await stage.until("a push that is accepted", 30, async () => {
        await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
        await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
        return true
      })
    }
  })()
  await Promise.all([serin, person])
  const subjects = (await configLog(stage)).map(({ subject }) => subject)
  expect(subjects).toHaveLength(before + 3 * rounds)
  for (let round = 0; round < rounds; round += 1)
    expect(subjects.filter((subject) => subject === `Note ${round}`)).toHaveLength(1)
  expect(subjects.filter((subject) => subject === "Lock podinfo-ga")).toHaveLength(rounds)
})

describe("a webhook", () => {
  const body = JSON.stringify({ ref: "refs/heads/main", events: [] })
  const post = (path: string, headers: Record<string, string>, text = body) =>
    fetch(`${stage.endpoints.hooks}/hooks/${path}`, { method: "POST", body: text, headers })
  const key = async (name: string): Promise<string> => {
    const path = `jsonpath={.data.${name}}`
    const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "secret", "serin-hooks", "-o", path], {
      quiet: true,
    })
    return Buffer.from(stdout, "base64").toString()
  }
  const signed = (secret: string, text: string) => ({
    "x-hub-signature-256": `sha256=${createHmac("sha256", secret).update(text).digest("hex")}`,
  })

  test("of the git host with no, a wrong or another body's signature is refused with 401; the right one is taken", async () => {
    const secret = await key("git")
    const path = "git/serin-system/config"
    for (const headers of [{}, signed("guessed", body), signed(secret, `${body} `)]) {
      const answer = await post(path, headers)
      expect(answer.status).toBe(401)
      expect(await answer.json()).toMatchObject({ code: "SIGNATURE_WRONG", next: expect.any(String) as string })
    }
    // The same answer where there is no such namespace: it tells nobody what there is.
    expect((await post("git/nowhere/config", signed(secret, body))).status).toBe(401)
    expect((await post(path, signed(secret, body))).status).toBe(202)
  })

  test("of the registry with no or a wrong token is refused with 401; the right one is taken", async () => {
    const path = "registry/serin-system"
    for (const headers of [{}, { authorization: "Bearer guessed" }, { authorization: `Bearer ${await key("git")}` }])
      expect((await post(path, headers as Record<string, string>)).status).toBe(401)
    const authorization = `Bearer ${await key("registry")}`
    expect((await post(path, { authorization })).status).toBe(202)
    expect((await post(path, { authorization }, "{")).status).toBe(400)
  })
})

describe("a query that does not parse", () => {
  const query = "sum(rate(x[1m]))) by (a)"
  const parameters = `query=${encodeURIComponent(query)}`

  test("is refused by Prometheus with 400 and its place", async () => {
    const answer = await fetch(`${stage.endpoints.prometheus}/api/v1/query?${parameters}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toMatchObject({
      errorType: "bad_data",
      error: expect.stringContaining("1:18: parse error: unexpected right parenthesis") as string,
    })
  })

  test("is refused by the agent's API with 400 and its place", async () => {
    const range = "&start=0&end=60&step=15"
    for (const path of [`query?${parameters}`, `query_range?${parameters}${range}`]) {
      const answer = await ask(path)
      expect(answer.status).toBe(400)
      expect(await answer.json()).toMatchObject({ code: "PROMETHEUS_QUERY", position: { line: 1, column: 17 } })
    }
  })

  test("is shown by `serin query` with a mark at its place", async () => {
    const { stderr } = await stage.serin(["query", query], { accept: [2] })
    const [what, line, mark] = stderr.split("\n")
    expect(what).toBe("serin: the query does not parse at column 17: unexpected right parenthesis ')'")
    expect(mark?.indexOf("^")).toBe((line?.indexOf(query) ?? 0) + 16)
  })
})

test("a port in use is named, before anything else is done, with what to do", async () => {
  const listen = new URL(stage.endpoints.web).host
  const { stderr } = await stage.serin(
    ["agent", "--kubeconfig", world.kubeconfig, "--listen", listen, "--cache-dir", join(stage.dir, "second")],
    { accept: [1] },
  )
  expect(stderr).toMatch(/port \d+ on 127\.0\.0\.1 is in use by another program\n +Choose another address/)
})
