import { existsSync } from "node:fs"
import { join } from "node:path"
import { observe } from "../../../../packages/cli/src/story/observation.ts"
import { liveWeights } from "../../../../packages/cli/src/story/outside.ts"
import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import { commitConfig } from "../../../../packages/cli/src/story/steps/traffic.ts"
import { deliver, observeCommits, stays, untilEnded, untilWeight, commitsOf, type Delivery } from "../delivery.ts"
import { leaderOf } from "../leader.ts"
import type { RealWorld } from "../world.ts"
import type { Rehearsal } from "./rehearsal.ts"

const broken = "cluster/podinfo/broken.yaml"

/** A bad version, which has to lose its traffic whatever else is in the way. */
export const rollback = (world: RealWorld, stage: Stage): Rehearsal => ({
  name: "A rollback while Git fails",
  cases(version) {
    let delivery: Delivery
    const made = ["release", "start 0", "step 30", "person"]
    const weightIsZero = async () => (await liveWeights(stage))["canary"] === 0
    return [
      {
        name: "the git host is away during a rollback: weight 0 holds, also across a restart of the agent",
        async run() {
          delivery = await deliver(stage, version, "0.2.2")
          await untilWeight(stage, 30, 90)
          await commitConfig(stage, "Break the configuration", { [broken]: () => "kind: [\n" })
          await untilRefused(stage)
          await world.gitForAgent.cut()
          await untilWeight(stage, 0, 60)
          await observeCommits(stage, delivery, made)
          await restartAgents(world, stage)
          await stays(stage, 5, weightIsZero, "weight 0 did not hold without Git")
          await observeCommits(stage, delivery, made)
        },
      },
      {
        name: "somebody has pushed a broken manifest just before: the rollback is committed all the same",
        async run() {
          await world.gitForAgent.mend()
          made.push("rollback 0")
          await stage.until("the commit of the rollback", 60, async () =>
            (await commitsOf(stage, delivery)).length >= made.length ? true : undefined,
          )
          await observeCommits(stage, delivery, made)
          await stays(stage, 3, weightIsZero, "weight 0 did not hold behind a broken manifest")
          await mend(stage)
          await untilEnded(stage, delivery, {
            as: "Failed",
            commits: [...made, "person", "restore 0"],
            seconds: 90,
          })
          observe(await weightIsZero(), "the weight came back")
        },
      },
    ]
  },
  async after() {
    await world.gitForAgent.mend()
    if (existsSync(join(stage.dir, "config", broken))) await mend(stage)
  },
})

/** The agent has seen that the head cannot be applied. */
async function untilRefused(stage: Stage): Promise<void> {
  const path = "jsonpath={.items[0].status.conditions[?(@.type=='Ready')].message}"
  await stage.until("the refusal of the broken manifest", 20, async () => {
    const { stdout } = await stage.kubectl(["-n", "serin-system", "get", "repositories.serin.dev", "-o", path], {
      quiet: true,
    })
    return stdout.includes("broken.yaml") ? true : undefined
  })
}

/** All replicas at once; what they had cloned is lost with them. */
async function restartAgents(world: RealWorld, stage: Stage): Promise<void> {
  const before = await leaderOf(world)
  await stage.kubectl(["-n", "serin-system", "delete", "pod", "--all", "--grace-period=1"], { quiet: true })
  await stage.until("a leader among the new replicas", 60, async () => {
    const leader = await leaderOf(world)
    if (leader === "" || leader === before) return undefined
    const pods = await stage.kubectl(["-n", "serin-system", "get", "pods", "-o", "name"], { quiet: true })
    return pods.stdout.includes(`pod/${leader}`) ? true : undefined
  })
}

async function mend(stage: Stage): Promise<void> {
  await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
  await stage.git("config", ["rm", "--quiet", broken], { quiet: true })
  await stage.git("config", ["commit", "--quiet", "-m", "Mend the configuration"], { quiet: true })
  await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
}
