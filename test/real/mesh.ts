import { compare } from "../contract/harness/compare.ts"
import { meshContract } from "../contract/mesh/contract.ts"
import { startEmbedded } from "../contract/mesh/embedded.ts"
import type { RealSuite } from "./suite.ts"
import { getPrograms } from "./world/programs.ts"
import { clusterPackages, judgeMeshInside } from "./world/run.ts"

/** The mesh's contract on istiod with Envoy and on the embedded mesh. */
export const mesh: RealSuite = {
  name: "mesh",
  about: "the mesh's contract on istiod and Envoy, in a cluster of its own",
  packages: clusterPackages,
  build: getPrograms,
  async run({ filter, target, update, report, print }) {
    if (target !== "embedded") {
      const entries = await judgeMeshInside({ filter, update, embedded: target === "both" }, print)
      for (const entry of entries) report.add(entry)
      return
    }
    const embedded = await startEmbedded()
    try {
      await compare({ contract: meshContract, filter, embedded, update, report, print })
    } finally {
      await embedded.close()
    }
  },
}
