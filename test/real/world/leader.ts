import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import { killContainers } from "./node.ts"
import type { RealWorld } from "./world.ts"

interface Lease {
  readonly spec: { readonly holderIdentity: string }
}

/** Name of the pod that leads; empty while nobody does. */
export async function leaderOf({ kubectl }: RealWorld): Promise<string> {
  const path = "/apis/coordination.k8s.io/v1/namespaces/serin-system/leases/serin-agent"
  return (await kubectl.getJson<Lease>(path)).spec.holderIdentity
}

/** SIGKILL for the process, and its pod is removed: it has no time to give the Lease up, and does not come back. */
export async function killLeader(world: RealWorld, stage: Stage): Promise<number> {
  const leader = await leaderOf(world)
  const killed = Date.now()
  killContainers(world.folder, leader)
  await stage.kubectl(["-n", "serin-system", "delete", "pod", leader, "--grace-period=0", "--force"], { quiet: true })
  return untilAnotherLeads(world, stage, { leader, since: killed, seconds: 15 })
}

/**
 * SIGTERM, as when a node is drained. Counted from when it arrives, by the leader's log: a kubelet that has just lost the API
 * server looks after its pods again only after a pause of its own.
 */
export async function stopLeader(world: RealWorld, stage: Stage): Promise<number> {
  const leader = await leaderOf(world)
  const log = stage.background("kubectl", ["-n", "serin-system", "logs", "--follow", "--since=1s", leader])
  await stage.kubectl(["-n", "serin-system", "delete", "pod", leader, "--wait=false"], { quiet: true })
  const said = () => log.output()
  const since = await stage.until("a leader that was told to stop", 60, async () => toldAt(said()), said)
  return untilAnotherLeads(world, stage, { leader, since, seconds: 15, instead: said })
}

/** Unix milliseconds of the line in an agent's log that says so. */
function toldAt(log: string): number | undefined {
  const line = log.split("\n").find((one) => one.includes('"message":"stopping"'))
  return line === undefined ? undefined : Date.parse((JSON.parse(line) as { time: string }).time)
}

interface Successor {
  readonly leader: string
  readonly since: number
  readonly seconds: number
  /** What to tell when there is none. */
  readonly instead?: () => string
}

/** Milliseconds until another one than `leader` led. */
async function untilAnotherLeads(
  world: RealWorld,
  stage: Stage,
  { leader, since, seconds, instead }: Successor,
): Promise<number> {
  const another = async () => (["", leader].includes(await leaderOf(world)) ? undefined : true)
  await stage.until("another leader", seconds, another, instead)
  return Date.now() - since
}
