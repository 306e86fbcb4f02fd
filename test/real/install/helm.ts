import { deepStrictEqual, strictEqual } from "node:assert/strict"
import { fileURLToPath } from "node:url"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import type { KubeClient } from "../../../packages/agent/src/kube/index.ts"
import type { InstallCase } from "./case.ts"
import { until } from "./cluster.ts"
import { ask } from "./program.ts"

const chart = fileURLToPath(new URL("../../../charts/serin", import.meta.url))

interface HelmOptions {
  readonly helm: string
  readonly kube: KubeClient
  readonly env: Readonly<Record<string, string>>
}

/** Helm against the API server, on a cluster without Serin where workloads of an earlier installation still are. */
export function helmCases({ helm, kube, env }: HelmOptions): InstallCase[] {
  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await ask(helm, args, env)
    strictEqual(code, 0, `${stdout}${stderr}`)
  }
  const left = { apiVersion: "apps/v1", kind: "Deployment", namespace: "shop", name: "shop" }
  const repository = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", namespace: "serin-system", name: "config" }
  const values = ["repository.url=ssh://git@git.example.com/team/config.git", "repository.namespaces={shop}"]
  return [
    {
      name: "helm/installs the chart with its definitions and a Repository",
      run: async () => {
        const set = values.flatMap((value) => ["--set", value])
        await run("install", "serin", chart, "-n", "serin-system", "--create-namespace", ...set)
        strictEqual(unwrap(await kube.get(repository)).metadata.name, "config")
      },
    },
    {
      name: "helm/removes it, and leaves the namespace that it delivers to and what is in it",
      run: async () => {
        const before = unwrap(await kube.get(left)).metadata.uid
        await run("uninstall", "serin", "-n", "serin-system")
        await until("the Repository is gone", async () => !(await kube.get(repository)).ok)
        deepStrictEqual(unwrap(await kube.get(left)).metadata.uid, before)
      },
    },
  ]
}
