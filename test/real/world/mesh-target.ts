import { pushPodImage } from "../../contract/mesh/image.ts"
import { prepare } from "../../contract/mesh/prepare.ts"
import { namespace, otherNamespace, type Target } from "../../contract/mesh/target.ts"
import type { Cluster } from "./cluster.ts"
import { adminPort } from "./envoy-bootstrap.ts"

/** The cluster's mesh as the contract sees it. */
export async function realTarget(cluster: Cluster): Promise<Target> {
  const { plane, registry, folder } = cluster
  await pushPodImage(registry.url, "library/mesh-contract", folder)
  let proxies: readonly string[] | undefined
  const target: Target = {
    name: "real",
    features: new Set(),
    kube: plane,
    ingress: await cluster.serviceAddress("istio-system", "istio-ingressgateway", 80)(),
    async settled() {
      proxies ??= await proxyAddresses(cluster)
      await Promise.all(proxies.map(untilWarm))
    },
  }
  await prepare(target)
  return target
}

interface PodList {
  readonly items: readonly {
    readonly spec: { readonly containers: readonly { readonly name: string }[] }
    readonly status: { readonly podIP?: string }
  }[]
}

async function proxyAddresses({ kubectl }: Cluster): Promise<string[]> {
  const spaces = [namespace, otherNamespace, "istio-system"]
  const lists = await Promise.all(spaces.map((space) => kubectl.getJson<PodList>(`/api/v1/namespaces/${space}/pods`)))
  return lists
    .flatMap(({ items }) => items)
    .filter(({ spec }) => spec.containers.some(({ name }) => name === "istio-proxy"))
    .flatMap(({ status }) => status.podIP ?? [])
}

/** Envoy takes routes over at once, and clusters only when it knows their endpoints: until then requests for them fail. */
async function untilWarm(address: string): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    const answer = await fetch(`http://${address}:${String(adminPort)}/stats?filter=cluster_manager.warming_clusters`)
    if (/warming_clusters: 0\b/.test(await answer.text())) return
    if (Date.now() > deadline) throw new Error(`the proxy at ${address} waits for endpoints`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
