import { readFile } from "node:fs/promises"
import { join } from "node:path"
import { committedWeights, configLog, liveImage, liveWeights } from "../../packages/cli/src/story/outside.ts"
import { firstSync, installAndConnect } from "../../packages/cli/src/story/steps/connect.ts"
import { tagApp, untilBuilt } from "../../packages/cli/src/story/steps/release.ts"
import { cloneConfig, commitConfig, raiseLoad } from "../../packages/cli/src/story/steps/traffic.ts"
import type { Stage } from "../../packages/cli/src/story/stage.ts"

/** A world in which podinfo runs, Serin is connected, a Canary is at rest, and there is load. */
export async function prepareRollout(stage: Stage, canary: (text: string) => string = (text) => text): Promise<void> {
  await installAndConnect.play(stage)
  await firstSync.play(stage)
  await cloneConfig(stage)
  await stage.run("git", ["clone", "--quiet", stage.endpoints.appRepo, join(stage.dir, "app")])
  const text = await readFile(join(stage.podinfo, "story", "canary.yaml"), "utf8")
  await commitConfig(stage, "Let Serin steer the canary", { "cluster/podinfo/canary.yaml": () => canary(text) })
  await stage.until("an idle canary", 20, async () => ((await phase(stage)) === "Idle" ? true : undefined))
  await raiseLoad(stage)
}

export async function phase(stage: Stage): Promise<string> {
  const { stdout } = await stage.kubectl(
    ["-n", "test", "get", "deliveries.serin.dev", "podinfo", "-o", "jsonpath={.spec.phase}"],
    { quiet: true, accept: [0, 1] },
  )
  return stdout === "" ? "Idle" : stdout
}

/** Builds and releases a version as a person does, by a commit; answers the commit from which the rollout is counted. */
export async function releaseByCommit(stage: Stage, version: string): Promise<string> {
  await tagApp(stage, version, `Version ${version}`, "0.2.1")
  await untilBuilt(stage, version)
  return commitConfig(stage, `Release podinfo-canary ${version} by hand`, {
    "cluster/podinfo/podinfo-canary.yaml": (text) => text.replace(/podinfo:\d+\.\d+\.\d+/, `podinfo:${version}`),
  })
}

/** Waits until the stable side runs the version and has all the traffic, and the engine is at rest. */
export async function untilPromoted(stage: Stage, version: string, seconds: number): Promise<void> {
  await stage.until(`${version} promoted`, seconds, async () => {
    const weights = await liveWeights(stage)
    const image = await liveImage(stage, "podinfo-ga")
    return image.startsWith(`podinfo:${version}`) && weights["canary"] === 0 && (await phase(stage)) === "Idle"
      ? true
      : undefined
  })
}

/** The canary's weights in the config repo's log since a commit, without repeats. */
export async function weightsSince(stage: Stage, commit: string): Promise<number[]> {
  await configLog(stage)
  return committedWeights(stage, commit)
}

/** Commits of the engine since a commit, by their Serin-Id: each may be there once. */
export async function serinIds(stage: Stage): Promise<string[]> {
  return (await configLog(stage)).flatMap(({ body }) => /^Serin-Id: (.+)$/m.exec(body)?.[1] ?? [])
}
