import { observe } from "../../../../packages/cli/src/story/observation.ts"
import { liveImage, liveWeights, queryPrometheus } from "../../../../packages/cli/src/story/outside.ts"
import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import {
  build,
  commitsOf,
  headOf,
  observeCommits,
  stays,
  untilEnded,
  untilSaid,
  untilWeight,
  type Delivery,
} from "../delivery.ts"
import type { RealWorld } from "../world.ts"
import type { Rehearsal } from "./rehearsal.ts"

const pauseSeconds = 6

/** A good version that a policy releases, while what the agent asks or relies on is away: it waits, says so, and goes on. */
export const dependencies = (world: RealWorld, stage: Stage): Rehearsal => ({
  name: "A delivery while what it depends on fails",
  cases(version) {
    let delivery: Delivery
    const made = ["release", "start 0", "step 30"]
    return [
      {
        name: "the registry answers 429 and 500: nothing is released, its pause is kept, the release follows",
        async run() {
          await stage.serin(["automate", "deployment/podinfo-canary", "-n", "test", "--tag", "semver:~0.3"])
          delivery = { version, before: await headOf(stage) }
          const image = await liveImage(stage, "podinfo-canary")
          await refusedByRegistry(world, stage, version)
          await observeCommits(stage, delivery, [])
          observe((await liveImage(stage, "podinfo-canary")) === image, "the image changed while the registry refused")
          world.registryForAgent.refuse(undefined)
          await stage.until("the release of the policy", 40, async () =>
            (await commitsOf(stage, delivery))[0] === "release" ? true : undefined,
          )
        },
      },
      {
        name: "Prometheus is away for 10 s: the weight is held",
        async run() {
          await untilWeight(stage, 30, 90)
          const away = world.prometheus.goAway(10_000)
          stage.note(await untilSaid(stage, "a canary that waits for Prometheus", /prometheus/i, 20))
          observe((await liveWeights(stage))["canary"] === 30, "the weight moved while Prometheus was away")
          await observeCommits(stage, delivery, made)
          // Before the checks go on: the next change of the weight is to meet an istiod that is not there.
          await world.mesh.killIstiod()
          await away
          made.push("step 100")
          await stage.until("the next step once Prometheus is back", 40, async () =>
            (await commitsOf(stage, delivery)).length >= made.length ? true : undefined,
          )
          await observeCommits(stage, delivery, made)
        },
      },
      {
        name: "istiod is down while the weight changes: the wait is said, and nothing is assumed",
        async run() {
          const refused =
            /waiting until the cluster has taken it: .*failed calling webhook "rev\.validation\.istio\.io"/
          stage.note(await untilSaid(stage, "a commit that the API does not take without istiod", refused, 30))
          observe((await liveWeights(stage))["canary"] === 30, "the weight changed though its webhook did not answer")
          await stopValidating(stage)
          await untilWeight(stage, 100, 30)
          const unfollowed = /the cluster has weight 100, but proxies still send [1-4]\d(\.\d)? % of the requests/
          stage.note(await untilSaid(stage, "a weight that proxies do not follow", unfollowed, 30))
          const share = await shareOfCanary(stage)
          observe(share > 15 && share < 45, `proxies send ${share.toFixed(1)} % to the canary, expected about 30`)
          const same = async () => (await commitsOf(stage, delivery)).length === made.length
          await stays(stage, 4, same, "a commit was made on a weight that no proxy shows")
          await world.mesh.startIstiod()
          const commits = [...made, "promote 100", "promote 0", "promoted 0"]
          await untilEnded(stage, delivery, { as: "Idle", commits, seconds: 120 })
        },
      },
    ]
  },
  async after() {
    world.registryForAgent.refuse(undefined)
    if (world.mesh.istiod.exited() !== undefined) await world.mesh.startIstiod()
    // There may be nothing to switch off, or nobody to do it, where a case has failed.
    await stage.serin(["deautomate", "deployment/podinfo-canary", "-n", "test"], { accept: [0, 1, 2, 3, 4, 5] })
  },
})

/** A new tag while the registry first asks for a pause and then fails: what the agent says of it, and when it asks. */
async function refusedByRegistry(world: RealWorld, stage: Stage, version: string): Promise<void> {
  const { registryForAgent } = world
  registryForAgent.refuse({ status: 429, retryAfter: pauseSeconds })
  await build(stage, version, "0.2.1")
  const first = (status: number) => registryForAgent.refused.find((one) => one.status === status)?.at
  const asked = await stage.until("a request that is refused with 429", 20, () => Promise.resolve(first(429)))
  // It is to find this after its pause, and not before.
  registryForAgent.refuse({ status: 500 })
  stage.note(await untilListingSays(stage, /asks for fewer requests; it is asked again in \d s/))
  const again = await stage.until("the next request", 20, () => Promise.resolve(first(500)))
  const pausedMs = again - asked
  observe(
    pausedMs >= pauseSeconds * 1000 - 50,
    `the registry was asked again after ${String(pausedMs)} ms of its pause`,
  )
  stage.note(`asked again ${(pausedMs / 1000).toFixed(1)} s after a 429 with Retry-After: ${String(pauseSeconds)}`)
  stage.note(await untilListingSays(stage, /answered 500/))
}

/** The line of `serin status` that says why tags could not be listed. */
async function untilListingSays(stage: Stage, pattern: RegExp): Promise<string> {
  return stage.until(`${String(pattern)} in the status`, 15, async () => {
    const { stdout } = await stage.serin(["status"], { quiet: true, accept: [0, 1] })
    return stdout.split("\n").find((line) => pattern.test(line))
  })
}

/** What admins do when istiod stays away: its validation no longer keeps the API from taking routes. istiod puts it back. */
async function stopValidating(stage: Stage): Promise<void> {
  const patch = JSON.stringify([{ op: "replace", path: "/webhooks/0/failurePolicy", value: "Ignore" }])
  const webhook = ["validatingwebhookconfiguration", "istio-validator-istio-system"]
  await stage.kubectl(["patch", ...webhook, "--type=json", "-p", patch])
}

/** In percent, over the last seconds, by the proxies' own count. */
async function shareOfCanary(stage: Stage): Promise<number> {
  const rate = async (side: "ga" | "canary") => {
    const [series] = await queryPrometheus(stage, `sum(rate(${stage.world.telemetry.requests({ side })}[4s]))`)
    return series?.value ?? 0
  }
  const [stable, canary] = await Promise.all([rate("ga"), rate("canary")])
  return (100 * canary) / (stable + canary)
}
