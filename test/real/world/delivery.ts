import { configLog, liveWeights } from "../../../packages/cli/src/story/outside.ts"
import { observe } from "../../../packages/cli/src/story/observation.ts"
import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import { phase } from "../../e2e/rollout.ts"
import { tagApp, untilBuilt } from "../../../packages/cli/src/story/steps/release.ts"

/** A delivery as a person begins and watches it, for what is done to the world meanwhile. */
export interface Delivery {
  readonly version: string
  /** Head of the config repository before the release. */
  readonly before: string
}

/** Tags the sources of `like` as `version` and releases the image on the canary. */
export async function deliver(stage: Stage, version: string, like: string): Promise<Delivery> {
  await tagApp(stage, version, `Make ${version}`, like)
  await untilBuilt(stage, version)
  await stage.until(`${version} known to the agent`, 60, async () => {
    const { stdout } = await stage.serin(["images", "podinfo", "--filter", "semver:~0.3"], { quiet: true })
    return stdout.includes(version) ? true : undefined
  })
  const [head] = await configLog(stage)
  await stage.serin(["release", "deployment/podinfo-canary", "-n", "test", "--tag", version, "--reason", "a rehearsal"])
  return { version, before: head?.id ?? "" }
}

export async function untilWeight(stage: Stage, weight: number, seconds = 60): Promise<void> {
  await stage.until(`weight ${String(weight)} in the cluster`, seconds, async () =>
    (await liveWeights(stage))["canary"] === weight ? true : undefined,
  )
}

export interface CanaryStatus {
  readonly phase: string
  readonly message: string
}

export async function canaryStatus(stage: Stage): Promise<CanaryStatus> {
  const { stdout } = await stage.serin(["canary", "status", "podinfo", "-n", "test", "-o", "json"], { quiet: true })
  return JSON.parse(stdout) as CanaryStatus
}

/** Waits until the delivery has ended, well or not, and resolves to the commits that it made, oldest first, by what they say. */
export async function commitsUntilIdle(
  stage: Stage,
  { version, before }: Delivery,
  seconds: number,
): Promise<string[]> {
  const done = await stage.until(`the end of the delivery of ${version}`, seconds, async () => {
    const now = await phase(stage)
    const subjects = await subjectsSince(stage, before)
    // Idle is also what it is before it begins.
    return (now === "Idle" || now === "Failed") && subjects.length > 2 ? subjects : undefined
  })
  return done.map((subject) => subject.replaceAll(version, "VERSION"))
}

async function subjectsSince(stage: Stage, before: string): Promise<string[]> {
  const log = await configLog(stage)
  const end = log.findIndex(({ id }) => id === before)
  observe(end >= 0, `the commit before the delivery, ${before}, is not in the history any more`)
  return log
    .slice(0, end)
    .map(({ subject }) => subject)
    .reverse()
}
