import type { Stage } from "../../../../packages/cli/src/story/stage.ts"
import type { ReportEntry } from "../../../contract/harness/report.ts"
import { prepareRollout } from "../../../e2e/rollout.ts"
import type { RealWorld } from "../world.ts"
import { agentOutside } from "./agent-outside.ts"
import { controlPlane } from "./control-plane.ts"
import { dependencies } from "./dependencies.ts"
import { rehearse } from "./rehearsal.ts"
import { rollback } from "./rollback.ts"

/** What fails in clusters, done to a real one in the middle of deliveries. */
export async function runFaults(
  world: RealWorld,
  stage: Stage,
  filter: string,
  print: (line: string) => void,
): Promise<ReportEntry[]> {
  await prepareRollout(stage, shortened(stage.world.telemetry.source))
  // The last one takes the agent out of the cluster for good.
  const rehearsals = [controlPlane, dependencies, rollback, agentOutside].map((of) => of(world, stage))
  return rehearse(rehearsals, stage, filter, print)
}

/**
 * The story's Canary with two steps and shorter checks: at 100 requests a second, three of which fail in ten where a version
 * is bad, 3 s are enough to tell. How fast answers come is not looked at: the machine is busy with what is done to it.
 */
const shortened =
  (source: string) =>
  (text: string): string =>
    text
      .replace("source: istio", `source: ${source}`)
      .replace("steps: [10, 30, 60, 100]", "steps: [30, 100]")
      .replace("interval: 5s", "interval: 3s")
      .replace("warmup: 3s", "warmup: 2s")
      .replace(/ +- name: latency-p99\n +max: 500ms\n/, "")
