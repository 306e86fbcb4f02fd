import type { Case, Suite } from "./case.ts"
import { Kubectl } from "./kubectl.ts"
import { Session } from "./session.ts"
import { Http, type Target } from "./target.ts"

export interface CaseId {
  readonly suite: string
  readonly name: string
}

/** What came of a case on one target: text to compare, or why it was not run. */
export type Outcome = { readonly transcript: string; readonly broken: boolean } | { readonly skipped: string }

/** All cases whose `suite/name` holds the text `filter`. */
export function select(suites: readonly Suite[], filter: string): (CaseId & { readonly case: Case })[] {
  return suites.flatMap(({ name: suite, cases }) =>
    Object.entries(cases)
      .filter(([name]) => `${suite}/${name}`.includes(filter))
      .map(([name, value]) => ({ suite, name, case: value })),
  )
}

/** Runs one case in its own new namespace. It never rejects: what goes wrong is part of the transcript. */
export async function runCase(
  { case: { needs, run }, name, suite }: CaseId & { readonly case: Case },
  target: Target,
  kubectl: readonly string[],
): Promise<Outcome> {
  const lacking = needs.filter((feature) => !target.features.has(feature))
  if (lacking.length > 0) return { skipped: `no ${lacking.join(", no ")}` }
  const http = new Http(target)
  const namespace = `${suite}-${name}`
  const program = new Kubectl(kubectl, target, namespace)
  const session = new Session(namespace, target, http, program)
  try {
    await createNamespace(session)
    await run(session)
  } catch (error) {
    session.fail(error)
  } finally {
    session.close()
    program.close()
    http.close()
  }
  return { transcript: session.transcript.toString(), broken: session.transcript.broken }
}

/**
 * Gives a new target the one node that cases count on. Nobody runs it: what a kubelet would do, cases do themselves
 * (`cases/kubelet.ts`). Without controllers there is nothing to prepare.
 */
export async function prepare(target: Target): Promise<void> {
  if (!target.features.has("controllers")) return
  const http = new Http(target)
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

async function createNamespace(session: Session): Promise<void> {
  await session.quiet("POST", "/api/v1/namespaces", {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: session.ns },
  })
  if (!session.target.features.has("controllers")) return
  // Made by controllers for every namespace; pods cannot be created before the account is there.
  await session.until("service account default", session.core("serviceaccounts", "default"), isThere)
  await session.until("kube-root-ca.crt", session.core("configmaps", "kube-root-ca.crt"), isThere)
}

function isThere(body: unknown): boolean {
  return typeof body === "object" && body !== null && "metadata" in body && !("reason" in body)
}
