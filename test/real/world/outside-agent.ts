import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { ControlPlane } from "../control-plane.ts"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import type { Kubectl } from "./kubectl.ts"
import { gateway } from "./namespaces.ts"

const program = fileURLToPath(new URL("../../../dist/serin.js", import.meta.url))
const [webPort, hooksPort] = [8092, 8093]

/** Where an agent beside the cluster answers. */
export const outsideAgent = {
  web: { host: gateway, port: webPort },
  hooks: { host: gateway, port: hooksPort },
} as const

/** `serin agent` as a process of this machine, in the name of the ServiceAccount that `serin install` made. */
export async function startOutsideAgent(kubectl: Kubectl, plane: ControlPlane, folder: string): Promise<Daemon> {
  const state = join(folder, "outside-agent")
  mkdirSync(state, { recursive: true })
  const token = kubectl.run(["-n", "serin-system", "create", "token", "serin", "--duration=1h"]).trim()
  const kubeconfig = join(state, "kubeconfig")
  writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(plane, token)), { mode: 0o600 })
  const address = ({ host, port }: { readonly host: string; readonly port: number }) => `${host}:${String(port)}`
  const daemon = startDaemon(
    "serin agent",
    process.execPath,
    [
      program,
      "agent",
      `--kubeconfig=${kubeconfig}`,
      `--listen=${address(outsideAgent.web)}`,
      `--hooks-listen=${address(outsideAgent.hooks)}`,
      `--cache-dir=${join(state, "cache")}`,
    ],
    join(folder, "outside-agent.log"),
    { HOME: state, TMPDIR: state },
  )
  const ready = `http://${address(outsideAgent.web)}/readyz`
  await untilReady(
    daemon,
    () =>
      fetch(ready).then(
        ({ ok }) => ok,
        () => false,
      ),
    30_000,
  )
  return daemon
}

function kubeconfigOf({ url, ca }: ControlPlane, token: string): unknown {
  const authority = Buffer.from(ca).toString("base64")
  return {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "real", cluster: { server: url, "certificate-authority-data": authority } }],
    users: [{ name: "serin", user: { token } }],
    contexts: [{ name: "real", context: { cluster: "real", user: "serin" } }],
    "current-context": "real",
  }
}
