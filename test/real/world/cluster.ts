import { startControlPlane, type ControlPlane } from "../control-plane.ts"
import { dnsAddress, startClusterDns } from "./cluster-dns.ts"
import { images, pushImages } from "./images.ts"
import { Kubectl } from "./kubectl.ts"
import { startRealMesh, type RealMesh } from "./mesh.ts"
import { gateway, makeBridge, nodeName, prepareInside, worldFolder } from "./namespaces.ts"
import { startNode, type Node } from "./node.ts"
import type { Programs } from "./programs.ts"
import { startRealRegistry, type RealRegistry } from "./registry.ts"

/** A real Kubernetes of one node with a real Istio, and the registry that its images come from. */
export interface Cluster {
  readonly folder: string
  readonly plane: ControlPlane
  readonly kubectl: Kubectl
  readonly node: Node
  readonly mesh: RealMesh
  readonly registry: RealRegistry
  /** Where a Service is reached from this machine; looked up at each call of the result. */
  serviceAddress(namespace: string, name: string, port: number): () => Promise<{ host: string; port: number }>
  close(): Promise<void>
}

/** Starts all of it; the caller is inside namespaces of its own. */
export async function startCluster(programs: Programs, say: (line: string) => void): Promise<Cluster> {
  const folder = worldFolder()
  const closers: (() => Promise<void>)[] = []
  const started = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0)) await stop()
  }
  try {
    prepareInside(folder)
    makeBridge()
    const { kubernetes } = programs
    const registry = started(await startRealRegistry(folder))
    const [plane] = await Promise.all([
      startControlPlane({ kubernetes, host: gateway, nodes: [nodeName], log: say }).then(started),
      pushImages({ registry: registry.url, folder, envoy: programs.envoy, say }),
    ])
    const kubectl = new Kubectl(kubernetes, plane)
    // The API server does not write its own address here: on a machine without network it finds none.
    kubectl.apply(
      kubectl.endpoints("kubernetes", "default", [{ name: "https", port: Number(new URL(plane.url).port) }]),
    )
    const node = started(
      await startNode({
        kubernetes,
        plane,
        folder,
        registry: new URL(registry.url).host,
        pause: images.pause,
        dnsAddress,
      }),
    )
    const dns = await startClusterDns(programs.coredns, kubectl, folder)
    closers.unshift(() => dns.stop())
    const mesh = started(await startRealMesh(programs.istiod, programs.definitions, kubectl, folder))
    return {
      folder,
      plane,
      kubectl,
      node,
      mesh,
      registry,
      serviceAddress: (namespace, name, port) => async () => {
        const path = `/api/v1/namespaces/${namespace}/services/${name}`
        const { spec } = await kubectl.getJson<{ readonly spec: { readonly clusterIP: string } }>(path)
        return { host: spec.clusterIP, port }
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}
