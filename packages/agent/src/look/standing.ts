import type { CheckResult } from "../api/types.ts"
import { agentName, leaseName, systemNamespace } from "../install/index.ts"
import type { KubeClient, KubeFailure, KubeObject, KubeResult } from "../kube/index.ts"
import { repositoryKind, type RepositoryObject } from "../source/index.ts"
import { checkDefinitions } from "./definitions.ts"
import { agentPods, podTrouble, type Pod } from "./pods.ts"
import { bad, good } from "./result.ts"

interface Deployment extends KubeObject {
  readonly spec?: { readonly replicas?: number }
  readonly status?: { readonly availableReplicas?: number }
}
interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string
    readonly renewTime?: string
    readonly leaseDurationSeconds?: number
  }
}

const deployment = "agent's Deployment"

/** What the cluster says of the agent, seen with the user's own rights: whether it is installed, runs, and has a leader. */
export async function checkStanding(kube: KubeClient, now: number): Promise<CheckResult[]> {
  const definitions = await checkDefinitions(kube)
  const at = { namespace: systemNamespace, name: agentName }
  const found = await kube.get<Deployment>({ apiVersion: "apps/v1", kind: "Deployment", ...at })
  if (!found.ok && found.error.code === "KUBE_NOT_FOUND")
    return [definitions, good(deployment, "is not there: the agent runs elsewhere, or is not installed")]
  if (!found.ok) return [definitions, unseen(deployment, found.error)]
  const [pods, lease] = await Promise.all([checkPods(kube), checkLease(kube, now)])
  return [definitions, checkDeployment(found.value), ...pods, lease]
}

/** What the Repositories' own status says, for when the agent cannot be asked. */
export async function checkConnected(kube: KubeClient): Promise<CheckResult[]> {
  const listed = await kube.list<RepositoryObject>(repositoryKind)
  // That the kind is missing is said above.
  if (!listed.ok) return listed.error.code === "KUBE_UNKNOWN_KIND" ? [] : [unseen("repositories", listed.error)]
  return listed.value.items.map(({ metadata, status }) => {
    const name = `repository ${metadata.namespace}/${metadata.name}, as last said`
    const wrong = status?.conditions?.find((condition) => condition.status !== "True")
    if (wrong !== undefined) return { name, ok: false, message: wrong.message }
    const ready = status?.conditions?.find(({ type }) => type === "Ready")
    return ready === undefined ? { name, ok: false, message: "was never looked at" } : good(name, ready.message)
  })
}

function checkDeployment({ spec, status }: Deployment): CheckResult {
  const wanted = spec?.replicas ?? 1
  const available = status?.availableReplicas ?? 0
  const message = `${available} of ${wanted} replicas are available`
  if (wanted > 0 && available >= wanted) return good(deployment, message)
  const next =
    wanted === 0
      ? `Run \`kubectl -n ${systemNamespace} scale deployment ${agentName} --replicas=2\`.`
      : `See why with \`kubectl -n ${systemNamespace} describe deployment ${agentName}\`.`
  return bad(deployment, { message, next })
}

async function checkPods(kube: KubeClient): Promise<CheckResult[]> {
  const pods: KubeResult<{ readonly items: readonly Pod[] }> = await kube.list<Pod>(
    { apiVersion: "v1", kind: "Pod" },
    { namespace: systemNamespace, labelSelector: agentPods },
  )
  if (!pods.ok) return [unseen("agent's pods", pods.error)]
  return pods.value.items.flatMap((pod) => {
    const trouble = podTrouble(pod)
    return trouble === undefined ? [] : [bad(`pod ${pod.metadata.name}`, trouble)]
  })
}

async function checkLease(kube: KubeClient, now: number): Promise<CheckResult> {
  const name = "leader"
  const ref = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: systemNamespace, name: leaseName }
  const found = await kube.get<Lease>(ref)
  const next = `Look at the replicas' log: \`kubectl -n ${systemNamespace} logs deployment/${agentName}\`.`
  if (!found.ok && found.error.code === "KUBE_NOT_FOUND") return bad(name, { message: "no replica ever led", next })
  if (!found.ok) return unseen(name, found.error)
  const { holderIdentity = "", renewTime, leaseDurationSeconds = 15 } = found.value.spec ?? {}
  const age = renewTime === undefined ? Number.POSITIVE_INFINITY : Math.round((now - Date.parse(renewTime)) / 1000)
  if (holderIdentity === "") return bad(name, { message: "no replica leads", next })
  if (age <= leaseDurationSeconds) return good(name, `${holderIdentity}, renewed ${Math.max(age, 0)} s ago`)
  return bad(name, { message: `${holderIdentity} has not renewed its lease for ${age} s`, next })
}

/** A person who may use Serin need not be one who may look into its namespace. */
function unseen(name: string, error: KubeFailure): CheckResult {
  return error.code === "KUBE_FORBIDDEN" ? good(name, `not looked at: ${error.message}`) : bad(name, error)
}
