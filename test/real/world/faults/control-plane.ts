import { observe } from "../../../../packages/cli/src/story/observation.ts"
import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import { raiseLoad } from "../../../../packages/cli/src/story/steps/traffic.ts"
import { deliver, observeCommits, untilEnded, untilPromoted, untilWeight, type Delivery } from "../delivery.ts"
import { killLeader, stopLeader } from "../leader.ts"
import type { RealWorld } from "../world.ts"
import type { Rehearsal } from "./rehearsal.ts"

/** A good version while the API server, etcd and the agent itself fail: the commits are those of an undisturbed delivery. */
export const controlPlane = (world: RealWorld, stage: Stage): Rehearsal => ({
  name: "A delivery while the control plane fails",
  cases(version) {
    let delivery: Delivery
    const made = ["release", "start 0", "step 30"]
    const next = ["step 100", "promote 100", "promote 0", "promoted 0"]
    const then = (commit: string) => {
      made.push(...next.splice(0, next.indexOf(commit) + 1))
      return observeCommits(stage, delivery, made, next)
    }
    return [
      {
        name: "the API server is killed in the middle of a step, and comes back after 5 s",
        async run() {
          delivery = await deliver(stage, version, "0.2.1")
          await untilWeight(stage, 30, 90)
          await world.plane.crashApiServer(5_000)
          await driftIsSeen(stage)
          // The load runs by an exec, which went through it.
          await raiseLoad(stage)
          await untilWeight(stage, 100, 90)
          await then("step 100")
        },
      },
      {
        name: "the leader is told to stop: the Lease is left at once, and nothing is half done",
        async run() {
          const tookMs = await stopLeader(world, stage)
          stage.note(`another replica led after ${(tookMs / 1000).toFixed(1)} s`)
          // Less than a Lease that was not given up is believed for.
          observe(tookMs < 6_000, `another replica led only after ${String(tookMs)} ms: the Lease was not given up`)
          await observeCommits(stage, delivery, made, next)
        },
      },
      {
        name: "etcd stands still for 10 s",
        async run() {
          await world.plane.etcd.pause(10_000)
          await untilPromoted(stage, delivery, 90)
          await then("promote 100")
        },
      },
      {
        name: "the leader is killed: another takes over, and commits nothing twice",
        async run() {
          const tookMs = await killLeader(world, stage)
          stage.note(`another replica led after ${(tookMs / 1000).toFixed(1)} s`)
          await untilEnded(stage, delivery, { as: "Idle", commits: [...made, ...next], seconds: 90 })
        },
      },
    ]
  },
})

/** A change past Git right after the API server came back is put back: no watch has been left behind. */
async function driftIsSeen(stage: Stage): Promise<void> {
  const label = async () => {
    const path = "jsonpath={.metadata.labels.app}"
    return (await stage.kubectl(["-n", "test", "get", "service", "podinfo", "-o", path], { quiet: true })).stdout
  }
  await stage.kubectl(["-n", "test", "label", "service", "podinfo", "app=elsewhere", "--overwrite"], { quiet: true })
  const changed = Date.now()
  await stage.until("the label of Git again", 30, async () => ((await label()) === "podinfo" ? true : undefined))
  stage.note(`a change right after its return was put back after ${String(Date.now() - changed)} ms`)
}
