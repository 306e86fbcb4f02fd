import { expect, test } from "vitest"
import { play } from "./play.ts"
import { Stage } from "./stage.ts"
import { NotObserved, observe } from "./observation.ts"
import type { Step } from "./step.ts"
import { embeddedTraits } from "./world-traits.ts"

const endpoints = {
  kube: "",
  git: "",
  configRepo: "",
  appRepo: "",
  configRepoSsh: "",
  gitKnownHosts: "",
  registry: "",
  prometheus: "",
  ingress: "",
  web: "",
  hooks: "",
  slack: "",
  slackWebhook: "",
  builder: "",
}

const stage = new Stage({
  endpoints,
  world: embeddedTraits(endpoints),
  dir: "/tmp",
  podinfo: "/tmp",
  kubeconfig: "/tmp/none",
  serin: ["true"],
  tools: new Set(["ssh"]),
  show: () => undefined,
})

async function results(steps: readonly Step[]): Promise<{ results: readonly string[]; output: string }> {
  const lines: string[] = []
  return { results: await play({ steps, stage, pace: 0, show: (line) => lines.push(line) }), output: lines.join("\n") }
}

test("a step that does not see what it should is a ✗ with the reason, and the next one is played", async () => {
  const bad: Step = { title: "Bad", play: async () => observe(false, "weight is 20, not 10") }
  const good: Step = { title: "Good", play: async () => undefined }
  const played = await results([bad, good])
  expect(played.results).toEqual(["not seen", "seen"])
  expect(played.output).toMatch(/✗ Bad .*weight is 20, not 10/)
  expect(played.output).toMatch(/✓ Good/)
})

test("a step whose tool is missing is skipped, not passed", async () => {
  const played = await results([{ title: "Needs", needs: ["kubectl"], play: async () => undefined }])
  expect(played.results).toEqual(["skipped"])
  expect(played.output).not.toContain("✓")
})

test("a program that fails, or does not end, fails the step with what it said", async () => {
  await expect(stage.run("sh", ["-c", "echo no such thing >&2; exit 3"])).rejects.toThrow(/ended with 3: no such thing/)
  await expect(stage.run("sleep", ["60"], { timeout: 100 })).rejects.toThrow(/did not end within 0.1 s/)
  await expect(stage.run("no-such-program-at-all", [])).rejects.toThrow(/cannot be started/)
})

test("waiting ends with what was seen instead", async () => {
  await expect(
    stage.until(
      "a weight of 10",
      0.1,
      async () => undefined,
      () => "it is 20",
    ),
  ).rejects.toThrow(new NotObserved("a weight of 10: not seen within 0.1 s (it is 20)"))
})

test("credentials in a command line are not shown", async () => {
  const lines: string[] = []
  const loud = new Stage({
    endpoints,
    world: embeddedTraits(endpoints),
    dir: "/tmp",
    podinfo: "/tmp",
    kubeconfig: "",
    serin: [],
    tools: new Set(),
    show: (line) => lines.push(line),
  })
  await loud.run("true", ["http://dev:secret@127.0.0.1/x.git"])
  expect(lines.join()).toContain("http://***@127.0.0.1/x.git")
})
