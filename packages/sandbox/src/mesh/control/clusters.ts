import { bySpecificity, covers, fullHost } from "../names.ts"
import { clusterName, type Balancing, type MeshCluster, type MeshPod, type OutlierDetection } from "../snapshot.ts"
import { durationMs } from "../../duration.ts"
import type { DestinationRule, TrafficPolicy } from "./istio.ts"
import type { Problems } from "./problems.ts"
import type { ServiceEndpoint, ServiceEntry } from "./services.ts"

/** Istio's `connectTimeout` when nothing is stated. */
const defaultConnectTimeoutMs = 10_000

interface Subset {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly policy: TrafficPolicy | undefined
}

interface HostRule {
  policy: TrafficPolicy | undefined
  readonly subsets: Map<string, Subset>
}

/**
 * One cluster for each port of each service, and one for each subset that a DestinationRule makes of it. Rules for the
 * same host are merged: subsets add up, the oldest rule's traffic policy counts. `rules` are in order of age.
 */
export function clustersOf(
  services: readonly ServiceEntry[],
  rules: readonly DestinationRule[],
  pods: ReadonlyMap<string, MeshPod>,
  problems: Problems,
): MeshCluster[] {
  const byHost = mergeRules(rules, problems)
  const patterns = [...byHost.keys()].sort(bySpecificity)
  const podByIp = new Map([...pods.values()].map((pod) => [pod.ip, pod]))
  return services.flatMap(({ mesh, endpoints }) => {
    const pattern = patterns.find((candidate) => covers(candidate, mesh.host))
    const rule = pattern === undefined ? undefined : byHost.get(pattern)
    return [...endpoints].flatMap(([port, all]) => {
      const podOf = ({ podUid, ip }: ServiceEndpoint): MeshPod | undefined =>
        podUid === undefined ? podByIp.get(ip) : pods.get(podUid)
      const cluster = (subset: string, members: readonly ServiceEndpoint[], policy: TrafficPolicy): MeshCluster => ({
        name: clusterName(mesh.host, port, subset),
        service: mesh.host,
        endpoints: members.map((member) => {
          const pod = podOf(member)?.uid
          return { ip: member.ip, port: member.port, ...(pod === undefined ? {} : { pod }) }
        }),
        ...settings(policy),
      })
      const subsets = [...(rule?.subsets.values() ?? [])].map(({ name, labels, policy }) => {
        const members = all.filter((member) => hasLabels(podOf(member)?.labels ?? {}, labels))
        return cluster(name, members, { ...rule?.policy, ...policy })
      })
      return [cluster("", all, rule?.policy ?? {}), ...subsets]
    })
  })
}

function mergeRules(rules: readonly DestinationRule[], problems: Problems): Map<string, HostRule> {
  const byHost = new Map<string, HostRule>()
  for (const rule of rules) {
    const { host = "", trafficPolicy, subsets = [], exportTo } = rule.spec ?? {}
    if (exportTo && !exportTo.includes("*")) problems.unsupported(rule, "spec.exportTo")
    noteUnsupported(rule, "spec.trafficPolicy", trafficPolicy, problems)
    const full = fullHost(host, rule.metadata.namespace ?? "default")
    let merged = byHost.get(full)
    if (!merged) byHost.set(full, (merged = { policy: undefined, subsets: new Map() }))
    merged.policy ??= trafficPolicy
    subsets.forEach(({ name = "", labels = {}, trafficPolicy: policy }, i) => {
      noteUnsupported(rule, `spec.subsets[${i}].trafficPolicy`, policy, problems)
      if (merged.subsets.has(name)) return
      merged.subsets.set(name, { name, labels, policy })
    })
  }
  return byHost
}

function hasLabels(labels: Readonly<Record<string, string>>, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([name, value]) => labels[name] === value)
}

function settings(policy: TrafficPolicy): Pick<MeshCluster, "balancing" | "connectTimeoutMs" | "outlier"> {
  const timeout = durationMs(policy.connectionPool?.tcp?.connectTimeout ?? "")
  const outlier = outlierDetection(policy)
  return {
    balancing: balancing(policy.loadBalancer?.simple),
    connectTimeoutMs: timeout === undefined || timeout === 0 ? defaultConnectTimeoutMs : timeout,
    ...(outlier ? { outlier } : {}),
  }
}

function balancing(simple: string | undefined): Balancing {
  return simple === "ROUND_ROBIN" || simple === "RANDOM" ? simple : "LEAST_REQUEST"
}

function outlierDetection(policy: TrafficPolicy): OutlierDetection | undefined {
  const stated = policy.outlierDetection
  if (!stated) return undefined
  const consecutive5xx = stated.consecutive5xxErrors ?? 5
  if (consecutive5xx === 0) return undefined
  return {
    consecutive5xx,
    baseEjectionMs: durationMs(stated.baseEjectionTime ?? "") ?? 30_000,
    maxEjectionPercent: stated.maxEjectionPercent ?? 10,
  }
}

function noteUnsupported(
  rule: DestinationRule,
  path: string,
  policy: TrafficPolicy | undefined,
  problems: Problems,
): void {
  const note = (present: unknown, field: string): void => {
    if (present !== undefined) problems.unsupported(rule, `${path}.${field}`)
  }
  note(policy?.loadBalancer?.consistentHash, "loadBalancer.consistentHash")
  note(policy?.loadBalancer?.localityLbSetting, "loadBalancer.localityLbSetting")
  if (policy?.loadBalancer?.simple === "PASSTHROUGH") note(true, "loadBalancer.simple PASSTHROUGH")
  note(policy?.connectionPool?.http, "connectionPool.http")
  note(policy?.outlierDetection?.consecutiveGatewayErrors, "outlierDetection.consecutiveGatewayErrors")
  note(policy?.portLevelSettings, "portLevelSettings")
  const mode = policy?.tls?.mode
  if (mode !== undefined && mode !== "DISABLE") note(mode, "tls")
}
