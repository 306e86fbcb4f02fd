import { cp, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { firstLine, configLog, getJson, liveImage, liveWeights, registryTags, slackMessages } from "../outside.ts"
import type { Stage } from "../stage.ts"
import { observe } from "../observation.ts"
import type { Step } from "../step.ts"
import { commitConfig, setWeights, virtualServiceFile } from "./traffic.ts"

/** A developer's work on the app: the sources of a version, committed, tagged and pushed, under another number if need be. */
export async function tagApp(stage: Stage, version: string, message: string, sources = version): Promise<void> {
  const clone = join(stage.dir, "app")
  await cp(join(stage.podinfo, "versions", sources), clone, { recursive: true })
  if (sources !== version) {
    const file = join(clone, "package.json")
    await writeFile(file, (await readFile(file, "utf8")).replaceAll(sources, version))
  }
  await stage.git("app", ["add", "--all"], { quiet: true })
  await stage.git("app", ["commit", "--quiet", "-m", message])
  await stage.git("app", ["tag", version])
  await stage.git("app", ["push", "--quiet", "origin", "HEAD:main", version])
}

/** Waits until the registry has the tag that the builder makes of a pushed one. */
export async function untilBuilt(stage: Stage, version: string): Promise<void> {
  await stage.until(`image podinfo:${version} in the registry`, 60, async () =>
    (await registryTags(stage, stage.world.appRepository)).includes(version) ? true : undefined,
  )
}

interface Build {
  readonly id: number
  readonly tag: string
  readonly state: string
  readonly digest?: string
}

/** Step 6: the fix is tagged, and becomes an image. */
export const fixAndTag: Step = {
  title: "Fix and tag",
  async play(stage) {
    await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")])
    await tagApp(stage, "0.2.1", "Answer without the delay that 0.2.0 brought in")
    await untilBuilt(stage, "0.2.1")
    const build = await stage.until("a build of 0.2.1 that succeeded", 10, async () => {
      const builds = (await getJson(`${stage.endpoints.builder}/builds`)) as Build[]
      return builds.find(({ tag, state }) => tag === "0.2.1" && state === "succeeded")
    })
    const log = await (await fetch(`${stage.endpoints.builder}/builds/${build.id}/log`)).text()
    observe(log.trim().split("\n").length >= 3, "the build's log is empty")
    stage.note(`built ${build.digest ?? ""}; the log ends: ${log.trim().split("\n").at(-1) ?? ""}`)
  },
}

/** Step 7: notice, try dry, release. Also the Canary comes in, which finds everything at rest. */
export const detectAndRelease: Step = {
  title: "Detect and release",
  needs: ["kubectl"],
  async play(stage) {
    await adoptCanary(stage)
    await stage.until("0.2.1 as newest tag in serin images", 20, async () => {
      const { stdout } = await stage.serin(["images", "podinfo", "--filter", "semver:~0.2"], { quiet: true })
      return /^0\.2\.1\b/m.test(stdout) ? true : undefined
    })
    const before = await configLog(stage)
    const manifest = "cluster/podinfo/podinfo-canary.yaml"
    const dry = await stage.serin(["release", "deployment/podinfo-canary", "-n", "test", "--tag", "0.2.1", "--dry-run"])
    observe(dry.stdout.includes("podinfo:0.2.1"), `the dry run shows no diff to 0.2.1:\n${dry.stdout}`)
    observe((await configLog(stage))[0]?.id === before[0]?.id, "the dry run made a commit")
    stage.note("the dry run shows the diff and commits nothing")
    await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
    const old = await readFile(join(stage.dir, "config", manifest), "utf8")
    await stage.serin([
      "release",
      "deployment/podinfo-canary",
      "-n",
      "test",
      "--tag",
      "0.2.1",
      "--reason",
      "0.2.0 is slow",
    ])
    const commit = await stage.until("the release commit", 20, async () =>
      (await configLog(stage)).find(({ subject }) => subject === "Release podinfo-canary 0.2.1"),
    )
    const { stdout: now } = await stage.git("config", ["show", `${commit.id}:${manifest}`], { quiet: true })
    observe(
      now === old.replace("podinfo:0.2.0", "podinfo:0.2.1"),
      "the release changed more than the image's bytes in the manifest",
    )
    observe(
      /^Serin-To: .*0\.2\.1/m.test(commit.body) && commit.body.includes("0.2.0 is slow"),
      `the commit lacks reason or trailers:\n${commit.body}`,
    )
    stage.memory.set("release", commit.id)
    stage.note(`commit ${commit.id.slice(0, 8)} by ${commit.author}: only the image's bytes changed`)
  },
}

/** After the look, 0.2.0 gets no more traffic and the engine takes over: one commit by a human. */
async function adoptCanary(stage: Stage): Promise<void> {
  const canary = await readFile(join(stage.podinfo, "story", "canary.yaml"), "utf8")
  await commitConfig(stage, "Take 0.2.0 out and let Serin steer the canary from here", {
    [virtualServiceFile]: setWeights(100, 0),
    "cluster/podinfo/canary.yaml": () => canary.replace("source: istio", `source: ${stage.world.telemetry.source}`),
  })
  await stage.until("weights 100/0 and an idle canary", 20, async () => {
    const weights = await liveWeights(stage)
    const { stdout } = await stage.serin(["canary", "status", "podinfo", "-n", "test", "-o", "json"], { quiet: true })
    // The commit that adopts it: without one the canary is idle too, and takes no release yet.
    const adopted = (await configLog(stage)).some(({ subject }) => subject.startsWith("Adopt "))
    const idle = (JSON.parse(stdout) as { phase: string }).phase === "Idle"
    return weights["canary"] === 0 && idle && adopted ? true : undefined
  })
  stage.note("weights 100/0, the canary is Idle")
}

/** Step 8: the new image rolls, and people are told. */
export const rollingUpdate: Step = {
  title: "Rolling update and message",
  needs: ["kubectl"],
  async play(stage) {
    await stage.until("podinfo:0.2.1 on the canary", 20, async () =>
      (await liveImage(stage, "podinfo-canary")).startsWith("podinfo:0.2.1") ? true : undefined,
    )
    await stage.kubectl(["-n", "test", "rollout", "status", "deployment/podinfo-canary", "--timeout=60s"], {
      timeout: 70_000,
    })
    const commit = stage.memory.get("release") ?? ""
    const message = await stage.until("a Slack message about the release", 20, async () =>
      (await slackMessages(stage)).find(
        (text) => text.includes("0.2.1") && /releas/i.test(text) && text.includes(commit.slice(0, 7)),
      ),
    )
    stage.note(`Slack: ${firstLine(message)}`)
  },
}
