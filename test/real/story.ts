import type { RealSuite } from "./suite.ts"
import { withRealWorld, worldPackages } from "./world/run.ts"

/** The story's fourteen steps on a real Kubernetes with a real Istio, the agent installed by `serin install` as pods. */
export const story: RealSuite = {
  name: "story",
  about: "the story's 14 steps on a real Kubernetes with Istio, the agent in pods of it",
  packages: worldPackages,
  async run({ filter, target, report, print }) {
    if (target === "embedded" || !"story".includes(filter)) return
    for (const entry of await withRealWorld("story", print)) report.add(entry)
  },
}
