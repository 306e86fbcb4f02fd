import { httpTo, type Target } from "./target.ts"

/**
 * Gives a new target the one node that cases count on. Nobody runs it: what a kubelet would do, cases do themselves
 * (`cases/kubelet.ts`). Without controllers there is nothing to prepare.
 */
export async function prepare(target: Target): Promise<void> {
  if (!target.features.has("controllers")) return
  const http = httpTo(target)
  const send = async (method: string, path: string, contentType: string, body: object): Promise<void> => {
    const headers = { "content-type": contentType }
    const { status, text } = await http.send({ method, path, headers, body: JSON.stringify(body) })
    if (status >= 300) throw new Error(`${method} ${path} on ${target.name}: ${text}`)
  }
  const room = { cpu: "8", memory: "16Gi", pods: "500" }
  await send("POST", "/api/v1/nodes", "application/json", {
    apiVersion: "v1",
    kind: "Node",
    metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "node-1", "kubernetes.io/os": "linux" } },
  })
  const conditions = [{ type: "Ready", status: "True", reason: "KubeletReady", message: "", lastHeartbeatTime: null }]
  const merge = "application/merge-patch+json"
  await send("PATCH", "/api/v1/nodes/node-1/status", merge, {
    status: { capacity: room, allocatable: room, conditions },
  })
  // Admission marks a new node as not ready, and a controller that is not running here would take that back.
  await send("PATCH", "/api/v1/nodes/node-1", merge, { spec: { taints: null } })
  http.close()
}
