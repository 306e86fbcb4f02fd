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

/** SIGTERM, as when a node is drained. */
export async function stopLeader(world: RealWorld, stage: Stage): Promise<number> {
  const leader = await leaderOf(world)
  const told = Date.now()
  await stage.kubectl(["-n", "serin-system", "delete", "pod", leader, "--wait=false"], { quiet: true })
  return untilAnotherLeads(world, stage, { leader, since: told, seconds: 15 })
}

/** Milliseconds until another one than `leader` led. */
async function untilAnotherLeads(
  world: RealWorld,
  stage: Stage,
  { leader, since, seconds }: { readonly leader: string; readonly since: number; readonly seconds: number },
): Promise<number> {
  await stage.until("another leader", seconds, async () =>
    ["", leader].includes(await leaderOf(world)) ? undefined : true,
  )
  return Date.now() - since
}
