import { NotObserved, observe } from "../../../packages/cli/src/story/observation.ts"
import { liveWeights } from "../../../packages/cli/src/story/outside.ts"
import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import { commitConfig, raiseLoad } from "../../../packages/cli/src/story/steps/traffic.ts"
import { prepareRollout } from "../../e2e/rollout.ts"
import type { ReportEntry } from "../../contract/harness/report.ts"
import { canaryStatus, commitsUntilIdle, deliver, untilWeight } from "./delivery.ts"
import { killContainers } from "./node.ts"
import type { RealWorld } from "./world.ts"

interface Fault {
  readonly name: string
  run(version: string): Promise<void>
}

/** What fails in clusters, done to a real one in the middle of a delivery. */
export async function runFaults(
  world: RealWorld,
  stage: Stage,
  print: (line: string) => void,
): Promise<readonly ReportEntry[]> {
  await prepareRollout(stage, (canary) => canary.replace("source: istio", `source: ${stage.world.telemetry.source}`))
  const entries: ReportEntry[] = []
  for (const [index, fault] of faults(world, stage).entries()) {
    const started = Date.now()
    const entry = { suite: "faults", topic: fault.name, target: "real" } as const
    const seconds = () => `${((Date.now() - started) / 1000).toFixed(1)} s`
    try {
      // What was done to the world before may have cut it off.
      await raiseLoad(stage)
      await fault.run(`0.3.${String(index + 1)}`)
      print(`  ✓ ${fault.name} (${seconds()})`)
      entries.push({ ...entry, verdict: "passed" })
    } catch (error) {
      const why = error instanceof NotObserved ? error.message : String(error instanceof Error ? error.stack : error)
      print(`  ✗ ${fault.name} (${seconds()}): ${why}`)
      entries.push({ ...entry, verdict: "failed" })
      // The next one begins where this one has ended, wherever that is.
      await stage.serin(["canary", "abort", "podinfo", "-n", "test"], { accept: [0, 1, 2, 3, 4, 5], quiet: true })
    }
  }
  return entries
}

function faults(world: RealWorld, stage: Stage): Fault[] {
  let undisturbed: readonly string[] = []
  /** A delivery that is disturbed at weight 30, and must make the same commits as one that is not. */
  const asUndisturbed = (name: string, strike: () => Promise<void>): Fault => ({
    name,
    async run(version) {
      const delivery = await deliver(stage, version, "0.2.1")
      await untilWeight(stage, 30, 90)
      await strike()
      const commits = await commitsUntilIdle(stage, delivery, 240)
      observe(
        JSON.stringify(commits) === JSON.stringify(undisturbed),
        `the commits differ from an undisturbed delivery's:\n${commits.join("\n")}\ninstead of\n${undisturbed.join("\n")}`,
      )
    },
  })
  return [
    {
      name: "an undisturbed delivery, to compare with",
      async run(version) {
        undisturbed = await commitsUntilIdle(stage, await deliver(stage, version, "0.2.1"), 180)
        observe(new Set(undisturbed).size === undisturbed.length, `a commit came twice:\n${undisturbed.join("\n")}`)
      },
    },
    asUndisturbed("the API server is killed and comes back after 5 s", async () => {
      await world.plane.crashApiServer(5_000)
      // The load runs by an exec, which went through it.
      await raiseLoad(stage)
    }),
    asUndisturbed("etcd stands still for 10 s", () => world.plane.etcd.pause(10_000)),
    asUndisturbed("the leader is killed", () => killLeader(world, stage)),
    asUndisturbed("Prometheus is away for 15 s: the weight is held", async () => {
      const away = world.prometheus.goAway(15_000)
      const said = await stage.until("a canary that says that it waits for Prometheus", 15, async () => {
        const { message } = await canaryStatus(stage)
        return /prometheus/i.test(message) ? message : undefined
      })
      stage.note(said)
      observe((await liveWeights(stage))["canary"] === 30, "the weight moved while Prometheus was away")
      await away
    }),
    {
      name: "the git host is away during a rollback: weight 0 holds, also across a restart of the agent",
      async run(version) {
        const delivery = await deliver(stage, version, "0.2.2")
        await untilWeight(stage, 10, 60)
        await world.gitForAgent.cut()
        try {
          await untilWeight(stage, 0, 60)
          await stage.kubectl(["-n", "serin-system", "delete", "pod", "--all", "--grace-period=1"], { quiet: true })
          await stage.kubectl(["-n", "serin-system", "rollout", "status", "deployment/serin", "--timeout=60s"], {
            quiet: true,
            timeout: 70_000,
          })
          await stays(stage, 10, async () => (await liveWeights(stage))["canary"] === 0, "weight 0 did not hold")
        } finally {
          await world.gitForAgent.mend()
        }
        await untilRolledBack(stage, await commitsUntilIdle(stage, delivery, 120))
      },
    },
    {
      name: "somebody pushes a broken manifest just before a rollback",
      async run(version) {
        const delivery = await deliver(stage, version, "0.2.2")
        await untilWeight(stage, 10, 60)
        const broken = "cluster/podinfo/broken.yaml"
        await commitConfig(stage, "Break the configuration", { [broken]: () => "kind: [\n" })
        try {
          await untilWeight(stage, 0, 60)
          await untilRolledBack(stage, await commitsUntilIdle(stage, delivery, 120))
        } finally {
          await stage.git("config", ["pull", "--quiet", "--rebase", "origin", "main"], { quiet: true })
          await stage.git("config", ["rm", "--quiet", broken], { quiet: true })
          await stage.git("config", ["commit", "--quiet", "-m", "Mend the configuration"], { quiet: true })
          await stage.git("config", ["push", "--quiet", "origin", "HEAD:main"], { quiet: true })
        }
      },
    },
  ]
}

async function untilRolledBack(stage: Stage, commits: readonly string[]): Promise<void> {
  observe(
    commits.some((subject) => subject.startsWith("Roll back")),
    `no commit of a rollback among:\n${commits.join("\n")}`,
  )
  await untilWeight(stage, 0)
}

/** What must hold at every look for so long. */
async function stays(stage: Stage, seconds: number, holds: () => Promise<boolean>, otherwise: string): Promise<void> {
  const end = Date.now() + seconds * 1000
  await stage.until(otherwise, seconds + 10, async () => {
    observe(await holds(), otherwise)
    return Date.now() >= end ? true : undefined
  })
}

/** SIGKILL for the process, and its pod is removed: it has no time to give the Lease up, and does not come back. */
async function killLeader(world: RealWorld, stage: Stage): Promise<void> {
  interface Lease {
    readonly spec: { readonly holderIdentity: string }
  }
  const path = "/apis/coordination.k8s.io/v1/namespaces/serin-system/leases/serin-agent"
  const leader = (await world.kubectl.getJson<Lease>(path)).spec.holderIdentity
  const killed = Date.now()
  killContainers(world.folder, leader)
  await stage.kubectl(["-n", "serin-system", "delete", "pod", leader, "--grace-period=0", "--force"], { quiet: true })
  await stage.until("another leader", 15, async () =>
    (await world.kubectl.getJson<Lease>(path)).spec.holderIdentity === leader ? undefined : true,
  )
  stage.note(`another replica led after ${((Date.now() - killed) / 1000).toFixed(1)} s`)
}
