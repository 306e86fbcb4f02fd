import { compare } from "../contract/harness/compare.ts"
import { kubeContract } from "../contract/kube/contract.ts"
import { startEmbedded } from "../contract/kube/embedded.ts"
import { prepare } from "../contract/kube/prepare.ts"
import type { Target } from "../contract/kube/target.ts"
import { startControlPlane, type ControlPlane } from "./control-plane.ts"
import { goProgram } from "./go-program.ts"
import type { RealSuite } from "./suite.ts"

/** The Kubernetes API contract on a real control plane and on the embedded one. */
export const kube: RealSuite = {
  name: "kube",
  about: "the Kubernetes API contract on a real control plane",
  packages: {},
  build: (print) => goProgram("kubernetes", print),
  async run({ filter, target, update, kubectl, report, print }) {
    const kubernetes = await goProgram("kubernetes", print)
    const plane = target === "embedded" ? undefined : await startControlPlane({ kubernetes, log: print })
    const real = plane === undefined ? undefined : realTarget(plane)
    const embedded = target === "real" ? undefined : await startEmbedded({ kubectl: true })
    try {
      for (const started of [real, embedded]) if (started !== undefined) await prepare(started)
      await compare({
        contract: kubeContract(kubectl === undefined ? [kubernetes, "kubectl"] : [kubectl]),
        filter,
        ...(real !== undefined && { real }),
        ...(embedded !== undefined && { embedded }),
        // They hold what the real Kubernetes' own kubectl prints.
        withoutGolden: kubectl !== undefined,
        update,
        report,
        print,
      })
    } finally {
      await embedded?.close()
      await plane?.close()
    }
  },
}

function realTarget({ url, ca, token }: ControlPlane): Target {
  return { name: "real", url, ca, token, features: new Set(["controllers", "kubectl"]) }
}
