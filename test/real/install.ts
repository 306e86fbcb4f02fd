import { createKubeClient, kubeconfigCredentials, type KubeClient } from "../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../packages/agent/src/runtime/index.ts"
import { startControlPlane } from "./control-plane.ts"
import { goProgram } from "./go-program.ts"
import type { InstallCase } from "./install/case.ts"
import { chartCases } from "./install/charts.ts"
import { helmCases } from "./install/helm.ts"
import { applyCases, deedCases, removalCases } from "./install/cluster.ts"
import { ask } from "./install/program.ts"
import { rightsCases } from "./install/rights.ts"
import { rotationCases } from "./install/rotation.ts"
import type { RealSuite } from "./suite.ts"

/** What `serin install` makes, judged by a real API server, its authoriser, Helm and kustomize. */
export const install: RealSuite = {
  name: "install",
  about: "what `serin install` makes, on a real control plane; Helm chart and kustomize base against it",
  packages: {},
  build: async (print) => {
    await goProgram("kubernetes", print)
    await goProgram("helm", print)
  },
  async run({ filter, target, report, print }) {
    if (target === "embedded") return
    const kubernetes = await goProgram("kubernetes", print)
    const helm = await goProgram("helm", print)
    const kubectl = [kubernetes, "kubectl"]
    const plane = await startControlPlane({ kubernetes, log: print })
    const kube = createKubeClient(await kubeconfigCredentials(plane.kubeconfig, systemClock))
    // kubectl keeps what it has discovered below HOME.
    const env = { KUBECONFIG: plane.kubeconfig, HOME: plane.folder }
    let agent: KubeClient | undefined
    try {
      const connected = async () => {
        const args = ["kubectl", "-n", "serin-system", "create", "token", "serin"]
        const { stdout } = await ask(kubernetes, args, env)
        const headers = { authorization: `Bearer ${stdout.trim()}` }
        agent ??= createKubeClient({
          server: plane.url,
          access: () => Promise.resolve({ tls: { ca: plane.ca }, headers }),
        })
      }
      const cases: InstallCase[] = [
        ...chartCases({ helm, kubectl }),
        ...applyCases(kube),
        ...rightsCases(kubectl, env),
        { name: "deeds/the agent's account gets a token", run: connected },
        ...deedCases(() => agent ?? kube),
        ...rotationCases({ kube, kubectl, env, plane }),
        ...removalCases(kube),
        ...helmCases({ helm, kube, env }),
      ]
      for (const { name, run } of cases.filter((one) => one.name.includes(filter))) {
        const failure = await run().then(() => undefined, reasonOf)
        if (failure !== undefined) print(`✗ install/${name}\n${failure}`)
        const topic = name.slice(0, name.indexOf("/"))
        report.add({ suite: "install", topic, target: "real", verdict: failure === undefined ? "passed" : "failed" })
      }
    } finally {
      await agent?.close()
      await kube.close()
      await plane.close()
    }
  },
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
