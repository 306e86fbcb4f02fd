import { compare } from "../contract/kube/compare.ts"
import { startEmbedded } from "../contract/kube/embedded.ts"
import { suites } from "../contract/kube/suites.ts"
import type { Target } from "../contract/kube/target.ts"
import { startControlPlane, type ControlPlane } from "./control-plane.ts"
import { goProgram } from "./go-program.ts"

export interface KubeContractOptions {
  readonly filter: string
  readonly target: "both" | "real" | "embedded"
  readonly update: boolean
  /** A kubectl other than the judge's, to see that both servers look the same to it too. */
  readonly kubectl: string | undefined
  readonly print: (line: string) => void
}

/** Runs the contract and prints what differs, a table and a closing line. The exit code: 1 if anything failed. */
export async function kubeContract(options: KubeContractOptions): Promise<number> {
  const { filter, target, update, kubectl, print } = options
  const kubernetes = await goProgram("kubernetes", print)
  const plane = target === "embedded" ? undefined : await startControlPlane({ kubernetes, log: print })
  const embedded = target === "real" ? undefined : await startEmbedded({ kubectl: true })
  try {
    const report = await compare({
      suites,
      filter,
      ...(plane !== undefined && { real: realTarget(plane) }),
      ...(embedded !== undefined && { embedded }),
      kubectl: kubectl === undefined ? [kubernetes, "kubectl"] : [kubectl],
      otherKubectl: kubectl !== undefined,
      update,
      print,
    })
    const { passed, failed, skipped } = report.total()
    print(`\n${report.toString()}\n`)
    print(`${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`)
    return failed > 0 ? 1 : 0
  } finally {
    await embedded?.close()
    await plane?.close()
  }
}

function realTarget({ url, ca, token }: ControlPlane): Target {
  return { name: "real", url, ca, token, features: new Set(["controllers", "kubectl"]) }
}
