import type { RealSuite, RunOptions } from "./suite.ts"
import { getPrograms } from "./world/programs.ts"
import { withRealWorld, worldPackages, type Use } from "./world/run.ts"

/** What is done to a whole real world; its embedded twin is tested elsewhere (`npm test`). */
const onRealWorld =
  (use: Use) =>
  async ({ filter, target, report, print }: RunOptions): Promise<void> => {
    // The story is played as a whole or not at all.
    if (target === "embedded" || (use === "story" && !use.includes(filter))) return
    for (const entry of await withRealWorld(use, filter, print)) report.add(entry)
  }

/** The story's fourteen steps on a real Kubernetes with a real Istio, the agent installed by `serin install` as pods. */
export const story: RealSuite = {
  name: "story",
  about: "the story's 14 steps on a real Kubernetes with Istio, the agent in pods of it",
  packages: worldPackages,
  build: getPrograms,
  alone: true,
  run: onRealWorld("story"),
}

/** What fails in clusters, in the middle of deliveries. */
export const faults: RealSuite = {
  name: "faults",
  about: "deliveries there while control plane, agent, registry, Prometheus, istiod, Git, proxies or node fail",
  packages: worldPackages,
  build: getPrograms,
  alone: true,
  run: onRealWorld("faults"),
}
