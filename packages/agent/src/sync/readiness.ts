import { raisedWeights, type Manifest, type RaisedWeight } from "@serin/core"
import type { KubeClient, KubeObject } from "../kube/index.ts"

interface DestinationRule extends KubeObject {
  readonly spec?: {
    readonly host?: string
    readonly subsets?: readonly { readonly name: string; readonly labels?: Readonly<Record<string, string>> }[]
  }
}
interface Service extends KubeObject {
  readonly spec?: { readonly selector?: Readonly<Record<string, string>> }
}
interface Pod extends KubeObject {
  readonly status?: { readonly conditions?: readonly { readonly type?: string; readonly status?: string }[] }
}

const destinationRules = { apiVersion: "networking.istio.io/v1", kind: "DestinationRule" }

/**
 * Why a VirtualService must not be applied yet: a subset would get more traffic than now and has no ready pod. Undefined
 * when all is well, and where hosts are not this cluster's Services, whose pods cannot be looked at.
 */
export async function notReadyFor(
  desired: Manifest,
  live: Manifest | undefined,
  kube: KubeClient,
): Promise<string | undefined> {
  for (const raised of raisedWeights(desired, live)) {
    const reason = await notReady(raised, desired.metadata.namespace ?? "default", kube)
    if (reason) return reason
  }
  return undefined
}

async function notReady(
  { host, subset, weight }: RaisedWeight,
  own: string,
  kube: KubeClient,
): Promise<string | undefined> {
  const { name, namespace } = serviceOf(host, own)
  const rules = await kube.list<DestinationRule>(destinationRules, { namespace })
  if (!rules.ok) return undefined
  const labels = rules.value.items
    .filter((rule) => sameService(rule, name, namespace))
    .flatMap((rule) => rule.spec?.subsets ?? [])
    .find((one) => one.name === subset)?.labels
  if (!labels)
    return `subset ${subset} of ${host} is in no DestinationRule, and would get ${Math.round(weight)} % of the traffic`
  const service = await kube.get<Service>({ apiVersion: "v1", kind: "Service", name, namespace })
  if (!service.ok || !service.value.spec?.selector) return undefined
  const selector = Object.entries({ ...service.value.spec.selector, ...labels })
  const labelSelector = selector.map(([key, value]) => `${key}=${value}`).join(",")
  const pods = await kube.list<Pod>({ apiVersion: "v1", kind: "Pod" }, { namespace, labelSelector })
  if (!pods.ok || pods.value.items.some(isReady)) return undefined
  return `subset ${subset} of ${host} has no ready pod, and would get ${Math.round(weight)} % of the traffic`
}

function serviceOf(host: string, own: string): { readonly name: string; readonly namespace: string } {
  const [name = host, namespace = own] = host.split(".")
  return { name, namespace }
}

function sameService(rule: DestinationRule, name: string, namespace: string): boolean {
  const host = serviceOf(rule.spec?.host ?? "", rule.metadata.namespace ?? "")
  return host.name === name && host.namespace === namespace
}

function isReady(pod: Pod): boolean {
  const ready = pod.status?.conditions?.find(({ type }) => type === "Ready")
  return ready?.status === "True" && pod.metadata.deletionTimestamp === undefined
}
