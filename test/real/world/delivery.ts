import { observe } from "../../../packages/cli/src/story/observation.ts"
import { configLog, liveImage, liveWeights } from "../../../packages/cli/src/story/outside.ts"
import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import { tagApp, untilBuilt } from "../../../packages/cli/src/story/steps/release.ts"
import { logSince, phase } from "../../e2e/rollout.ts"

/** A delivery as a person begins and watches it, for what is done to the world meanwhile. */
export interface Delivery {
  readonly version: string
  /** Head of the config repository before the release. */
  readonly before: string
}

/** Head of the config repository's branch on the git host. */
export async function headOf(stage: Stage): Promise<string> {
  const [head] = await configLog(stage)
  observe(head !== undefined, "the config repository has no commit")
  return head.id
}

/** Tags the sources of `like` as `version`, and waits for the image. */
export async function build(stage: Stage, version: string, like: string): Promise<void> {
  await tagApp(stage, version, `Make ${version}`, like)
  await untilBuilt(stage, version)
}

/** Builds a version and releases it on the canary. */
export async function deliver(stage: Stage, version: string, like: string): Promise<Delivery> {
  await build(stage, version, like)
  await stage.until(`${version} known to the agent`, 60, async () => {
    const { stdout } = await stage.serin(["images", "podinfo", "--filter", "semver:~0.3"], { quiet: true })
    return stdout.includes(version) ? true : undefined
  })
  const before = await headOf(stage)
  await stage.serin(["release", "deployment/podinfo-canary", "-n", "test", "--tag", version, "--reason", "a rehearsal"])
  return { version, before }
}

export async function untilWeight(stage: Stage, weight: number, seconds = 60): Promise<void> {
  await stage.until(
    `weight ${String(weight)} in the cluster`,
    seconds,
    async () => ((await liveWeights(stage))["canary"] === weight ? true : undefined),
    () => lastSaid.get(stage) ?? "",
  )
}

/** Waits until the stable side has the delivery's version. */
export async function untilPromoted(stage: Stage, { version }: Delivery, seconds: number): Promise<void> {
  await stage.until(
    `the promotion of ${version}`,
    seconds,
    async () => {
      await canaryStatus(stage)
      return (await liveImage(stage, "podinfo-ga")).startsWith(`podinfo:${version}`) ? true : undefined
    },
    () => lastSaid.get(stage) ?? "",
  )
}

/** Waits until the canary says something like this, and resolves to what it says. */
export async function untilSaid(stage: Stage, what: string, pattern: RegExp, seconds: number): Promise<string> {
  return stage.until(
    what,
    seconds,
    async () => {
      const { message } = await canaryStatus(stage)
      return pattern.test(message) ? message : undefined
    },
    () => lastSaid.get(stage) ?? "",
  )
}

export interface CanaryStatus {
  readonly phase: string
  readonly message: string
}

/** For the message of what was never seen. */
const lastSaid = new WeakMap<Stage, string>()

export async function canaryStatus(stage: Stage): Promise<CanaryStatus> {
  const { stdout } = await stage.serin(["canary", "status", "podinfo", "-n", "test", "-o", "json"], { quiet: true })
  const status = JSON.parse(stdout) as CanaryStatus
  lastSaid.set(stage, `${status.phase}: ${status.message}`)
  return status
}

/** Every commit since the delivery began, oldest first: `step 30`, and `person` for those of people. */
export async function commitsOf(stage: Stage, { before }: Delivery): Promise<string[]> {
  const log = await logSince(stage, before)
  return log.map(({ kind, weight }) => (kind === "" ? "person" : `${kind} ${weight}`.trimEnd()))
}

/** The commits so far are these, each once; of a delivery that goes on, the first of `next` may have followed already. */
export async function observeCommits(
  stage: Stage,
  delivery: Delivery,
  expected: readonly string[],
  next: readonly string[] = [],
): Promise<void> {
  const commits = await commitsOf(stage, delivery)
  const whole = [...expected, ...next].slice(0, Math.max(expected.length, commits.length))
  observe(
    JSON.stringify(commits) === JSON.stringify(whole),
    `the commits of the delivery are ${commits.join(", ")}; expected ${expected.join(", ")}`,
  )
}

/** Waits until the delivery is in this phase for good, with these commits and no others. */
export async function untilEnded(
  stage: Stage,
  delivery: Delivery,
  {
    as,
    commits,
    seconds,
  }: { readonly as: "Idle" | "Failed"; readonly commits: readonly string[]; readonly seconds: number },
): Promise<void> {
  await stage.until(
    `the end of the delivery of ${delivery.version}`,
    seconds,
    async () => {
      const made = (await commitsOf(stage, delivery)).length
      return (await phase(stage)) === as && made >= commits.length ? true : undefined
    },
    () => lastSaid.get(stage) ?? "",
  )
  await observeCommits(stage, delivery, commits)
}

/** What must hold at every look for so long. */
export async function stays(
  stage: Stage,
  seconds: number,
  holds: () => Promise<boolean>,
  otherwise: string,
): Promise<void> {
  const end = Date.now() + seconds * 1000
  let broken = false
  await stage.until(otherwise, seconds + 30, async () => {
    broken ||= !(await holds())
    return broken || Date.now() >= end ? true : undefined
  })
  observe(!broken, otherwise)
}
